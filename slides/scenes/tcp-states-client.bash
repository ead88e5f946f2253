# tcp-states-client: the same for the client's end
#: fill tcp-states.svg
. "${0%/*}/tcp-states-server.bash"
walked 25 "The states of TCP: those that the client's end was seen in"
