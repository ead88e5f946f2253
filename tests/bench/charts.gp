# charts.gp: what a lecture shows of summary.tsv. Called by report.
# Colours after Okabe and Ito, who tell them apart with any eyes; shapes differ, too.
set terminal svg size 1280,720 dynamic font "sans-serif,28" linewidth 2 background "white"
set datafile separator tab
set border 3 linewidth 1
set tics nomirror
set grid ytics linewidth 0.5 linecolor "#cccccc"
set key outside right center samplen 2 spacing 1.3
set style line 1 linecolor "#D55E00" linewidth 3 pointtype 7 pointsize 1.6 # fork
set style line 2 linecolor "#E69F00" linewidth 3 pointtype 5 pointsize 1.6 # thread
set style line 3 linecolor "#0072B2" linewidth 3 pointtype 9 pointsize 1.8 # select
set style line 4 linecolor "#009E73" linewidth 3 pointtype 11 pointsize 1.8 # poll
set style line 5 linecolor "#CC79A7" linewidth 3 pointtype 13 pointsize 1.8 # epoll
set style line 6 linecolor "#000000" linewidth 3 pointtype 4 pointsize 1.6 # prefork

do for [i=1:6] { set linetype i linecolor rgb word("#D55E00 #E69F00 #0072B2 #009E73 #CC79A7 #000000", i) }

servers = "ch03-echo_server ch04-thread_server ch04-select_server ch04-poll_server ch04-epoll_server ch04-prefork_server"
names = "fork thread select poll epoll prefork"
# clients and median of a figure, for those counts at which every client was served
data(server, test, figure) = sprintf("< awk -F'\t' -v OFS='\t' '$1 == \"%s\" && $3 == \"%s\" && $5 == \"served\" { all[$2] = $6 >= $2 } $1 == \"%s\" && $3 == \"%s\" && $5 == \"%s\" && all[$2] { print $2, $6 }' %s", test, server, test, server, figure, summary)
# the same for the rate, from its ratio to the reference, which suffers less
# from what else the machine does than the rate itself
rates(server) = sprintf("< awk -F'\t' -v OFS='\t' '$1 != \"pingpong\" { next } $3 == ($2 == 1 ? \"loop\" : \"careful\") && $5 == \"rate\" { reference[$2] = $6 } $3 == \"%s\" && $5 == \"served\" { all[$2] = $6 >= $2 } $3 == \"%s\" && $5 == \"ratio\" { ratio[$2] = $6 } END { n = split(\"1 10 100 500 1000 2000\", c, \" \"); for (i = 1; i <= n; i++) if (all[c[i]] && c[i] in ratio) print c[i], ratio[c[i]] * reference[c[i]] }' %s", server, server, summary)
bars(test, figure, clients) = sprintf("< awk -F'\t' -v OFS='\t' 'BEGIN { n = split(\"%s\", s, \" \"); split(\"%s\", name, \" \") } $1 == \"%s\" && $5 == \"%s\" && $2 == %d { v[$3] = $6 } END { for (i = 1; i <= n; i++) if (s[i] in v) print i, v[s[i]], name[i] }' %s", servers, names, test, figure, clients, summary)

connections = sprintf("< awk -F'\t' -v OFS='\t' 'BEGIN { n = split(\"%s\", s, \" \"); split(\"%s\", name, \" \") } $1 != \"connect\" { next } $3 == \"loop\" && $5 == \"connections\" { reference = $6 } $5 == \"ratio\" { v[$3] = $6 } END { for (i = 1; i <= n; i++) if (s[i] in v) print i, v[s[i]] * reference, name[i] }' %s", servers, names, summary)

set logscale x
set xtics (1, 10, 100, 500, 1000, 2000)
set xrange [0.8:2600]
set xlabel "clients at once"

set output charts."/throughput.svg"
set title "Round trips per second: all clients together (one processor)"
set ylabel "thousands per second"
set yrange [0:*]
plot for [i=1:6] rates(word(servers, i)) using 1:($2 / 1000) with linespoints linestyle i title word(names, i)

set output charts."/latency.svg"
set title "The slowest of a hundred round trips (p99)"
set ylabel "milliseconds"
set logscale y
set yrange [*:*]
plot for [i=1:6] data(word(servers, i), "pingpong", "p99") using 1:($2 / 1000) with linespoints linestyle i title word(names, i)

unset logscale
unset key
set xlabel ""
set style fill solid
set boxwidth 0.7
set xrange [0.4:6.6]
set xtics autofreq

set output charts."/memory.svg"
set title "Memory for each of 100 clients"
set ylabel "kB, logarithmic"
set logscale y
set yrange [0.1:*]
plot bars("pingpong", "memory_each", 100) using 1:($2 > 0.1 ? $2 : 0.1):($1):xticlabels(3) with boxes linecolor variable, \
     "" using 1:2:(sprintf("%.1f", $2)) with labels offset 0,0.8

unset logscale
set yrange [0:*]
set output charts."/connections.svg"
set title "New connections per second, one echo on each"
set ylabel "thousands per second"
plot connections using 1:($2 / 1000):($1):xticlabels(3) with boxes linecolor variable, \
     "" using 1:($2 / 1000):(sprintf("%.1f", $2 / 1000)) with labels offset 0,0.8

set output charts."/cpu.svg"
set title "The server's processor time for one round trip, 100 clients"
set ylabel "microseconds"
plot bars("pingpong", "cpu", 100) using 1:2:($1):xticlabels(3) with boxes linecolor variable, \
     "" using 1:2:(sprintf("%.1f", $2)) with labels offset 0,0.8
