// sequence: draws a sequence diagram, as SVG on standard output, from one
// strace of all the processes of a scene.
//
//   sequence SCENE LOG
//
// LOG is what strace -f -ttt -yy -s 24 -e signal=all -o LOG wrote. SCENE is the
// script that ran (slides/scenes/NAME.bash). Its lines that start with "#: "
// say what to draw:
//
//   #: title TEXT                     the text alternative begins with it
//   #: lane NAME = PROGRAM            the first process that executed PROGRAM
//                                     (a second such line: the second one)
//   #: lane NAME = PARENT/N           the Nth child that the lane PARENT forked
//   #: hide CALL...                   these calls are not shown
//   #: show stdin                     reads of standard input are, too
//   #: after LANE CALL N: LANE CALL M LANE's Nth CALL came before the other: the
//                                     scene has seen to it. Checked.
//   #: from LANE CALL N               what LANE did before is left out
//   #: until LANE CALL N              so is this call and what came of it
//
// Lanes stand in the order of their lines; other processes are not drawn. CALL is
// the name in the picture: fork, accept, connect, read, write, send, recv,
// close, shutdown, select, poll, wait, waitpid, waitid, sleep, exit, SIGCHLD...
//
// Neither times nor PIDs nor ports get into the picture. What is above what
// follows from "happens before": the order of calls within a process, and a
// write before the read that got its bytes, connect before accept, fork before
// the child, exit before the wait. So two recordings give the same picture as
// long as the programs do the same. A call that may wait is drawn as blocked
// from the event before it to its return.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

using Words = std::vector<std::string>;

[[noreturn]] static void die(const std::string& reason) {
    std::cerr << "sequence: " << reason << '\n';
    std::exit(1);
}

// ---- The log ---------------------------------------------------------------

enum class Kind { call, signal, end };
struct Record {
    Kind kind = Kind::call;
    double begin = 0, end = 0;  // end 0: has not returned
    std::string name, args, result;
    long value() const { return std::strtol(result.c_str(), nullptr, 10); }
    bool returned() const { return end > 0 && !result.starts_with('?'); }
    bool failed(std::string_view error) const {
        return result.starts_with("-1 ") &&
               std::string_view(result).substr(3).starts_with(error);
    }
};
using Trace = std::map<int, std::vector<Record>>;  // by PID

// "ARGS) = RESULT <DURATION>" is what follows the name of a call.
static void finish(Record& record, const std::string& text, double time) {
    const auto equals = text.rfind(" = ");
    if (equals == std::string::npos) return;
    record.end = time;
    record.args += text.substr(0, text.find_last_of(')', equals));
    record.result = text.substr(equals + 3);
    const auto duration = record.result.rfind(" <0");
    if (duration != std::string::npos) record.result.resize(duration);
}

static void read_line(const std::string& line, Trace& trace) {
    std::istringstream in(line);
    int pid = 0;
    double time = 0;
    std::string rest;
    if (!(in >> pid >> time) || !std::getline(in >> std::ws, rest))
        die("not a line of strace -f -ttt: " + line);
    auto& records = trace[pid];
    Record record{Kind::call, time, 0, "", "", ""};
    const auto word = [&rest](std::size_t from) {
        return rest.substr(from, rest.find(' ', from) - from);
    };
    if (rest.starts_with("--- ")) {
        record = {Kind::signal, time, time, word(4), rest, ""};
    } else if (rest.starts_with("+++ exited with ")) {
        record = {Kind::end, time, time, "exit", word(16), ""};
    } else if (rest.starts_with("+++ killed by ")) {
        record = {Kind::end, time, time, word(14), "", ""};
    } else if (rest.starts_with("<... ")) {
        const auto same = [name = word(5)](const Record& r) {
            return r.kind == Kind::call && r.end == 0 && r.name == name;
        };
        const auto open = std::find_if(records.rbegin(), records.rend(), same);
        if (open == records.rend()) return;
        if (!rest.ends_with("<unfinished ...>"))
            return finish(*open, rest.substr(rest.find('>') + 1), time);
        return;
    } else if (const auto open = rest.find('('); open != std::string::npos) {
        record.name = rest.substr(0, open);
        rest.erase(0, open + 1);
        if (const auto cut = rest.rfind("<unfinished ...>");
            cut != std::string::npos)
            record.args = rest.substr(0, cut);
        else
            finish(record, rest, time);
    } else {
        return;
    }
    records.push_back(record);
}

static Trace read_trace(const std::string& path) {
    std::ifstream in(path);
    if (!in) die(path + ": cannot be read");
    Trace trace;
    for (std::string line; std::getline(in, line);) read_line(line, trace);
    return trace;
}

// The name of a call as programs write it.
static std::string function_of(const Record& record) {
    static const std::map<std::string, std::string> names{
        {"clone", "fork"},
        {"clone3", "fork"},
        {"vfork", "fork"},
        {"accept4", "accept"},
        {"recvfrom", "recv"},
        {"sendto", "send"},
        {"pselect6", "select"},
        {"ppoll", "poll"},
        {"clock_nanosleep", "sleep"},
        {"exit_group", "_exit"}};
    if (record.name == "wait4")
        return record.args.starts_with("-1,") &&
                       record.args.find("WNOHANG") == std::string::npos
                   ? "wait"
                   : "waitpid";
    if (record.name == "restart_syscall")
        return record.args.find("nanosleep") != std::string::npos ? "sleep"
                                                                  : "poll";
    const auto found = names.find(record.name);
    return found == names.end() ? record.name : found->second;
}

// The text between the first quotes, quotes and "..." included.
static std::string quoted(const std::string& args) {
    const auto open = args.find('"');
    if (open == std::string::npos) return "";
    auto close = open + 1;
    while (close < args.size() && args[close] != '"')
        close += args[close] == '\\' ? 2 : 1;
    const bool more = args.compare(close + 1, 3, "...") == 0;
    return args.substr(open, close + 1 - open) + (more ? "..." : "");
}

// "3<TCP:[127.0.0.1:1->127.0.0.1:2]>": 3, and the text in square brackets
static std::string socket_in(const std::string& text) {
    const auto open = text.find("<TCP:[");
    if (open == std::string::npos || open > 4) return "";
    return text.substr(open + 6, text.find("]>", open) - open - 6);
}
static int number_in(const std::string& text) {
    return static_cast<int>(std::strtol(text.c_str(), nullptr, 10));
}

// One end of a connection is "LOCAL->PEER".
static std::string other_end(const std::string& end) {
    const auto arrow = end.find("->");
    return end.substr(arrow + 2) + "->" + end.substr(0, arrow);
}
static bool is_resolved(const std::string& text) {
    return text.find("->") != std::string::npos;
}
// Now and then strace does not find the addresses, and prints the inode.
static bool is_end(const std::string& text) {
    return is_resolved(text) ||
           (!text.empty() && text.find(':') == std::string::npos &&
            text != "listener");
}

// The descriptors that select() or poll() found ready: what follows "(in [" or
// "([{fd=" in the result.
static std::vector<int> ready_in(const std::string& result) {
    std::vector<int> ready;
    for (const std::string_view mark : {"in [", "out [", "{fd="}) {
        auto at = result.find(mark);
        while (at != std::string::npos) {
            at += mark.size();
            for (;;) {
                ready.push_back(number_in(result.substr(at)));
                const auto space = result.find_first_of(" ]}", at);
                if (mark == "{fd=" || space == std::string::npos ||
                    result[space] != ' ')
                    break;
                at = space + 1;
            }
            at = result.find(mark, at);
        }
    }
    return ready;
}

// ---- The scene -------------------------------------------------------------

struct Place {  // "LANE CALL N"
    std::string lane, call;
    int n = 0;
};
struct Scene {
    std::string name, title;
    std::vector<std::pair<std::string, std::string>> lanes;  // name, program
    std::set<std::string> hidden;
    bool standard_input = false;
    std::vector<std::pair<Place, Place>> after;
    std::optional<Place> from, until;
};

static Place place_in(const std::string& text) {
    const auto number = text.rfind(' ');
    const auto call = number == std::string::npos || number == 0
                          ? number
                          : text.rfind(' ', number - 1);
    if (call == std::string::npos) die("not LANE CALL N: " + text);
    return {text.substr(0, call), text.substr(call + 1, number - call - 1),
            number_in(text.substr(number))};
}

static Scene read_scene(const std::string& path) {
    std::ifstream in(path);
    if (!in) die(path + ": cannot be read");
    Scene scene;
    scene.name = path.substr(path.rfind('/') + 1);
    scene.name.resize(scene.name.find('.'));
    for (std::string line; std::getline(in, line);) {
        if (!line.starts_with("#: ")) continue;
        std::istringstream words(line.substr(3));
        std::string what, rest;
        words >> what;
        std::getline(words >> std::ws, rest);
        const auto halves = [&rest, &line](const std::string& mark) {
            const auto at = rest.find(mark);
            if (at == std::string::npos) die("what is meant by: " + line);
            return std::pair{rest.substr(0, at), rest.substr(at + mark.size())};
        };
        std::istringstream list(rest);
        if (what == "title") {
            scene.title = rest;
        } else if (what == "lane") {
            scene.lanes.push_back(halves(" = "));
        } else if (what == "hide") {
            for (std::string call; list >> call;) scene.hidden.insert(call);
        } else if (what == "show" && rest == "stdin") {
            scene.standard_input = true;
        } else if (what == "after") {
            const auto [first, second] = halves(": ");
            scene.after.emplace_back(place_in(first), place_in(second));
        } else if (what == "from") {
            scene.from = place_in(rest);
        } else if (what == "until") {
            scene.until = place_in(rest);
        } else {
            die("what is meant by: " + line);
        }
    }
    return scene;
}

// ---- What happened ---------------------------------------------------------

struct Event {
    int process = -1;
    std::string name, label;
    double begin = 0, end = 0;
    bool shown = true, blocks = false;
    int previous = -1;        // of the same process
    std::vector<int> causes;  // events of others that came before
    int sends = -1;           // a message, see below
    int child = -1;           // fork: of this process
    int reaped = -1;          // wait: this process
    int about = -1;           // SIGCHLD, waitid: of this PID
    int handles = -1;         // a signal: the last event of its handler
    std::string interrupts;   // a signal: the call that it came in
    bool extra = false;       // a second message of the event before
    bool cut = false;
    int row = -1;
};
struct Message {
    std::string kind;  // fork, connect, data, FIN, RST, SIGCHLD, wait
    int from = -1, to = -1;
    int process = -1;  // at the other end
};
struct Process {
    int pid = 0, lane = -1, parent = -1;
    std::vector<int> events;
    int ended = -1;       // its last event, if it ended
    std::string pending;  // the call in which it was at the end of the picture
    bool has_handler = false;
};
struct Bytes {  // a write or read: their places in the stream
    int event;
    long begin, end;
};
struct Connection {  // one of its two ends
    int connected = -1, accepted = -1, eof = -1, shut = -1;
    int accepts = -1;  // the accept() that made it, if not known of which
    std::vector<Bytes> written, got;
    std::map<int, int> closed;  // process: event, -1 while open
    std::vector<int> errors;    // events that found it reset
};
struct Story {
    Scene scene;
    Trace trace;
    std::vector<Process> processes;
    std::vector<Event> events;
    std::vector<Message> messages;
    std::map<std::string, Connection> ends;
    std::map<std::string, std::string> addresses;  // of an inode
    std::map<std::string, int> gone;  // end: the event that closed it, the last
};

// What a process inherits.
struct State {
    std::map<int, std::string> sockets;  // descriptor: end, or the listener
    std::map<int, int> connecting;       // descriptor: event of connect()
    std::map<int, int> ready;            // descriptor: event of select()
    bool handler = false, ignored = false;
};

static Event& add(Story& story, int process, const std::string& name,
                  const std::string& label, const Record& record) {
    Event event;
    event.process = process;
    event.name = name;
    event.label = label;
    event.begin = record.begin;
    event.end = record.end;
    auto& own = story.processes[static_cast<std::size_t>(process)];
    event.shown = own.lane >= 0 && !story.scene.hidden.contains(name);
    if (!own.events.empty()) event.previous = own.events.back();
    own.events.push_back(static_cast<int>(story.events.size()));
    story.events.push_back(event);
    return story.events.back();
}

static int newest(const Story& story) {
    return static_cast<int>(story.events.size()) - 1;
}
template <typename T>
static T& at(std::vector<T>& all, int i) {
    return all.at(static_cast<std::size_t>(i));
}
template <typename T>
static const T& at(const std::vector<T>& all, int i) {
    return all.at(static_cast<std::size_t>(i));
}

// The socket of a call: what we know of its descriptor, or what strace says.
static std::string socket_of(Story& story, State& state, int process,
                             const Record& record) {
    const int fd = number_in(record.args);
    const std::string said = socket_in(record.args);
    // strace may fail to find out which socket it is: so what we know comes first
    if (said.empty())
        return state.sockets.contains(fd) ? state.sockets[fd] : "";
    std::string& known = state.sockets[fd];
    if (known == "listener") return known;  // until it is closed
    if (is_resolved(said) && is_end(known) && !is_resolved(known)) {
        story.addresses[known] = said;
        known = said;
        story.ends[known].closed[process] = -1;
    } else if (is_end(said) && !is_end(known)) {
        known = said;
        story.ends[known].closed[process] = -1;
        if (state.connecting.contains(fd))
            story.ends[known].connected = state.connecting[fd];
    } else if (known.empty()) {
        known = said;
    }
    return known;
}

static void walk(Story& story, int process, std::size_t first, State state);

static void walk_fork(Story& story, int process, const Record& record,
                      const State& state) {
    const int pid = static_cast<int>(record.value());
    if (pid <= 0 || !story.trace.contains(pid)) return;
    const int child = static_cast<int>(story.processes.size());
    story.processes.push_back({});
    Process& forked = story.processes.back();
    forked.pid = pid;
    forked.parent = process;
    const auto& lanes = story.scene.lanes;
    const int parent_lane = at(story.processes, process).lane;
    int n = 1;
    for (const Event& event : story.events)
        n += event.process == process && event.name == "fork";
    for (std::size_t lane = 0; parent_lane >= 0 && lane < lanes.size(); ++lane)
        if (lanes[lane].second ==
            at(lanes, parent_lane).first + "/" + std::to_string(n))
            forked.lane = static_cast<int>(lane);
    Event& fork = add(story, process, "fork", "fork", record);
    fork.child = child;
    const int event = newest(story);
    State inherited = state;
    inherited.ready.clear();
    for (const auto& [fd, name] : state.sockets)
        if (is_end(name)) story.ends[name].closed[child] = -1;
    Event& born = add(story, child, "born", "", record);
    born.shown = forked.lane >= 0;
    story.messages.push_back({"fork", event, newest(story), child});
    walk(story, child, 0, inherited);
}

static void walk_socket_call(Story& story, int process, const Record& record,
                             State& state) {
    const std::string name = function_of(record);
    const int fd = number_in(record.args);
    const std::string socket = socket_of(story, state, process, record);
    if (socket.empty()) return;
    if (name == "close") {
        add(story, process, name,
            is_end(socket) ? "close(connection)" : "close(listener)", record);
        if (is_end(socket)) story.ends[socket].closed[process] = newest(story);
        state.sockets.erase(fd);
        return;
    }
    const bool good = !record.result.starts_with("-1");
    std::string label = name;
    if (name == "read" || name == "recv")
        label += record.value() == 0 ? ": 0" : "";
    if (name == "write" || name == "send") label += " " + quoted(record.args);
    if (!good) {
        std::istringstream words(record.result);
        std::string error;
        words >> error >> error;
        label = name + ": " + error;
    }
    add(story, process, name, label, record).blocks =
        name == "accept" || name == "read" || name == "recv";
    const int event = newest(story);
    int waiter = event;  // the one who learns of it first
    if (state.ready.contains(fd)) {
        waiter = state.ready[fd];
        state.ready.erase(fd);
        story.events.back().blocks = false;
    }
    if (name == "connect") {
        state.connecting[fd] = event;
        state.sockets.erase(fd);  // strace knows the inode only, as yet
    } else if (name == "accept" && good) {
        const std::string end = socket_in(record.result);
        state.sockets[static_cast<int>(record.value())] = end;
        story.ends[end].closed[process] = -1;
        if (is_resolved(end))
            story.ends[other_end(end)].accepted = waiter;
        else
            story.ends[end].accepts = waiter;
    } else if (name == "shutdown") {
        if (story.ends[socket].shut == -1) story.ends[socket].shut = event;
    } else if (is_end(socket)) {
        Connection& end = story.ends[socket];
        auto& stream =
            name == "write" || name == "send" ? end.written : end.got;
        const long begin = stream.empty() ? 0 : stream.back().end;
        if (!good) end.errors.push_back(waiter);
        if (record.value() == 0 && end.eof == -1) end.eof = waiter;
        if (record.value() > 0)
            stream.push_back({waiter, begin, begin + record.value()});
    }
}

static void walk_select(Story& story, int process, const Record& record,
                        State& state) {
    const std::string name = function_of(record);
    const std::vector<int> ready = ready_in(record.result);
    std::string label = name + ":";
    for (const int fd : ready) {
        std::string socket = state.sockets[fd];
        for (const char before : {' ', '[', '='}) {
            const auto said =
                record.args.find(before + std::to_string(fd) + "<TCP:[");
            if (socket.empty() && said != std::string::npos)
                socket = socket_in(record.args.substr(said + 1));
        }
        label += is_end(socket) || socket.empty() ? " " + std::to_string(fd)
                                                  : " listener";
    }
    const bool reset = record.result.find("POLLERR") != std::string::npos;
    if (reset) label = name + ": POLLERR";
    add(story, process, name, label, record).blocks = true;
    for (const int fd : ready) {
        if (reset)
            story.ends[state.sockets[fd]].errors.push_back(newest(story));
        else
            state.ready[fd] = newest(story);
    }
}

static void walk_wait(Story& story, int process, const Record& record) {
    const std::string name = function_of(record);
    std::string label = name;
    if (record.failed("ECHILD")) label += ": ECHILD";
    if (record.result.starts_with('0')) label += ": 0";
    const bool waits = record.args.find("WNOHANG") == std::string::npos;
    Event& event = add(story, process, name, label, record);
    event.blocks = waits;
    if (record.args.starts_with("P_PID, ") && waits)
        event.about = number_in(record.args.substr(7));
    for (std::size_t i = 0; i < story.processes.size(); ++i)
        if (record.value() > 0 && story.processes[i].pid == record.value() &&
            story.processes[i].parent == process) {
            event.reaped = static_cast<int>(i);
            if (story.processes[i].lane >= 0)
                event.label +=
                    ": " + at(story.scene.lanes, story.processes[i].lane).first;
        }
}

static void walk_end(Story& story, int process, const Record& record,
                     const State& state, const std::string& interrupted) {
    Process& own = at(story.processes, process);
    if (record.name == "SIGTERM") {  // the scene clears up
        own.pending = interrupted;
        return;
    }
    const bool killed = record.name != "exit";
    std::string label = killed ? "killed by " + record.name : "exit";
    if (!killed && record.args != "0") label += "(" + record.args + ")";
    add(story, process, "exit", label, record);
    own.ended = newest(story);
    for (const auto& [fd, socket] : state.sockets)
        if (is_end(socket)) story.ends[socket].closed[process] = own.ended;
}

// Runs through the records of a process, from the one behind its execve() on.
static void walk(Story& story, int process, std::size_t first, State state) {
    // a copy: story.processes and the trace may move while children are walked
    const auto records = story.trace.at(at(story.processes, process).pid);
    std::string interrupted;
    int signal = -1;
    for (std::size_t i = first; i < records.size(); ++i) {
        const Record& record = records[i];
        const std::string name = function_of(record);
        if (record.kind == Kind::end) {
            walk_end(story, process, record, state, interrupted);
        } else if (record.kind == Kind::signal) {
            if (record.args.find("{si_signo=") == std::string::npos) continue;
            if (name == "SIGSTOP" || name == "SIGCONT")
                add(story, process, name, name, record);
            if (name != "SIGCHLD" || !state.handler) continue;
            Event& event = add(story, process, name, name, record);
            event.blocks = !interrupted.empty();
            event.interrupts = interrupted;
            signal = newest(story);
            story.events.back().about =
                number_in(record.args.substr(record.args.find("si_pid=") + 7));
        } else if (name == "rt_sigreturn") {
            if (record.failed("EINTR") && !interrupted.empty())
                add(story, process, interrupted, interrupted + ": EINTR",
                    record);
            if (signal != -1) at(story.events, signal).handles = newest(story);
            interrupted.clear();
        } else if (!record.returned()) {
            if (name != "_exit") interrupted = name;
        } else if (name == "fork") {
            walk_fork(story, process, record, state);
        } else if (name == "select" || name == "poll") {
            if (record.value() > 0) walk_select(story, process, record, state);
        } else if (name.starts_with("wait")) {
            walk_wait(story, process, record);
        } else if (name == "rt_sigaction") {
            if (!record.args.starts_with("SIGCHLD, {")) continue;
            state.ignored = record.args.find("SIG_IGN") < record.args.find('}');
            state.handler = !state.ignored &&
                            record.args.find("SIG_DFL") > record.args.find('}');
            at(story.processes, process).has_handler = state.handler;
        } else if (name == "rt_sigprocmask") {
            const bool blocks = record.args.starts_with("SIG_BLOCK, [CHLD]");
            if (blocks || record.args.starts_with("SIG_UNBLOCK, [CHLD]"))
                add(story, process, "sigprocmask",
                    blocks ? "block SIGCHLD" : "unblock SIGCHLD", record);
        } else if (name == "listen") {
            state.sockets[number_in(record.args)] = "listener";
        } else if (name == "sleep") {
            add(story, process, name, "sleep is over", record).blocks = true;
        } else if (name == "read" && record.args.starts_with("0<") &&
                   socket_in(record.args).empty()) {
            Event& event =
                add(story, process, name,
                    "read stdin: " +
                        (record.value() == 0 ? "0" : quoted(record.args)),
                    record);
            event.name = "stdin";
            event.shown = event.shown && story.scene.standard_input;
            event.blocks = true;
        } else {
            walk_socket_call(story, process, record, state);
        }
        if (record.returned() && record.kind == Kind::call &&
            name != "rt_sigreturn" && signal == -1)
            interrupted.clear();
        if (name == "rt_sigreturn") signal = -1;
    }
}

// The processes of the lanes that executed a program, and all their children.
static void walk_all(Story& story) {
    struct Start {
        double time;
        int pid;
        std::size_t next;
        std::string program;
    };
    std::vector<Start> starts;
    for (const auto& [pid, records] : story.trace)
        for (std::size_t i = 0; i < records.size(); ++i) {
            if (records[i].name != "execve" || records[i].value() != 0)
                continue;
            std::string path = quoted(records[i].args);
            path = path.substr(1, path.find('"', 1) - 1);
            starts.push_back({records[i].begin, pid, i + 1,
                              path.substr(path.rfind('/') + 1)});
        }
    std::ranges::sort(starts, {}, &Start::time);
    for (std::size_t lane = 0; lane < story.scene.lanes.size(); ++lane) {
        const auto& [name, program] = story.scene.lanes[lane];
        if (program.find('/') != std::string::npos) continue;
        const auto start = std::ranges::find(starts, program, &Start::program);
        if (start == starts.end()) die("nobody has executed " + program);
        const int process = static_cast<int>(story.processes.size());
        story.processes.push_back({});
        story.processes.back().pid = start->pid;
        story.processes.back().lane = static_cast<int>(lane);
        walk(story, process, start->next, {});
        starts.erase(start);
    }
    for (std::size_t lane = 0; lane < story.scene.lanes.size(); ++lane)
        if (std::ranges::find(story.processes, static_cast<int>(lane),
                              &Process::lane) == story.processes.end())
            die("there is no process for lane " +
                story.scene.lanes[lane].first);
}

// ---- Who has heard of what -------------------------------------------------

// The first read that got a byte of each write.
static void match_bytes(Story& story, const std::string& name) {
    for (const Bytes& write : story.ends[name].written) {
        Message message{"data", write.event, -1, -1};
        for (const Bytes& read : story.ends[other_end(name)].got) {
            if (read.end <= write.begin || write.end <= read.begin) continue;
            if (message.to == -1)
                message.to = read.event;
            else
                at(story.events, read.event).causes.push_back(write.event);
        }
        story.messages.push_back(message);
    }
}

static void append(std::vector<Bytes>& early, std::vector<Bytes>& all) {
    const long end = early.empty() ? 0 : early.back().end;
    for (Bytes& bytes : all) {
        bytes.begin += end;
        bytes.end += end;
    }
    all.insert(all.begin(), early.begin(), early.end());
}

// What was noted of an end under its inode belongs to its addresses.
static void resolve(Story& story) {
    for (const auto& [inode, name] : story.addresses) {
        Connection early = story.ends[inode];
        story.ends.erase(inode);
        if (early.accepts != -1)
            story.ends[other_end(name)].accepted = early.accepts;
        Connection& end = story.ends[name];
        append(early.written, end.written);
        append(early.got, end.got);
        end.errors.insert(end.errors.begin(), early.errors.begin(),
                          early.errors.end());
        for (const auto& [process, event] : early.closed)
            end.closed.try_emplace(process, event);
        for (const auto member : {&Connection::connected, &Connection::accepted,
                                  &Connection::eof, &Connection::shut})
            if (early.*member != -1) end.*member = early.*member;
    }
    std::erase_if(story.ends,
                  [](const auto& end) { return !is_resolved(end.first); });
}

// The end is closed when its last process has closed it.
static void find_closed(Story& story) {
    for (const auto& [name, end] : story.ends) {
        int last = -1;
        bool open = end.closed.empty();
        for (const auto& [process, event] : end.closed) {
            open = open || event == -1;
            if (event != -1 && (last == -1 || at(story.events, last).end <
                                                  at(story.events, event).end))
                last = event;
        }
        if (!open) story.gone[name] = last;
    }
}

static int any_holder(const Story& story, const std::string& name) {
    const auto end = story.ends.find(name);
    int drawn = -1;
    if (end != story.ends.end())
        for (const auto& [process, event] : end->second.closed)
            if (at(story.processes, process).lane >= 0) drawn = process;
    return drawn;
}

// The FIN goes out with shutdown() or the last close(); read() then returns 0.
// One that only answers the peer's last close() is not drawn: nobody is there
// to get it, and which of the two calls ends first is a race.
static void match_fin(Story& story, const std::string& name) {
    const Connection& end = story.ends[name];
    const std::string peer = other_end(name);
    const int from = end.shut != -1              ? end.shut
                     : story.gone.contains(name) ? story.gone[name]
                                                 : -1;
    if (from == -1) return;
    const int to = story.ends[peer].eof;
    const bool answers =
        end.eof != -1 && story.ends[peer].shut == -1 &&
        at(story.events, end.eof).begin < at(story.events, from).begin;
    if (answers || (to == -1 && any_holder(story, peer) == -1)) return;
    Event& event = at(story.events, from);
    event.label = (event.name == "close" ? "close" : event.label) + ": FIN";
    story.messages.push_back({"FIN", from, to, any_holder(story, peer)});
}

// Bytes for an end that nobody has any more: the answer is a RST.
static void match_rst(Story& story, const std::string& name) {
    const std::string peer = other_end(name);
    if (!story.gone.contains(peer)) return;
    const Event closed = at(story.events, story.gone[peer]);
    Connection& end = story.ends[name];
    for (Message& message : story.messages) {
        const bool ours = std::ranges::find(end.written, message.from,
                                            &Bytes::event) != end.written.end();
        if (message.kind != "data" || !ours || message.to != -1) continue;
        message.process = closed.process;
        if (end.errors.empty()) continue;
        story.messages.push_back(
            {"RST", message.from, end.errors.front(), closed.process});
        return;
    }
}

// The SIGCHLD that a parent got for a child, or for several at once.
static int delivery(const Story& story, const Process& parent, double exited,
                    int pid) {
    int first = -1;
    for (const int event : parent.events) {
        if (at(story.events, event).name != "SIGCHLD") continue;
        if (at(story.events, event).about == pid) return event;
        if (first == -1 && at(story.events, event).end >= exited) first = event;
    }
    return first;
}

// exit: SIGCHLD to the parent, and the wait that removes the zombie.
static void match_exit(Story& story, int child) {
    const Process& ended = at(story.processes, child);
    if (ended.ended == -1 || ended.parent == -1) return;
    const Process& parent = at(story.processes, ended.parent);
    int wait = -1;
    for (const int event : parent.events)
        if (at(story.events, event).reaped == child) wait = event;
    Message message{"SIGCHLD", ended.ended, -1, ended.parent};
    if (parent.has_handler) {
        message.to = delivery(story, parent, at(story.events, ended.ended).end,
                              ended.pid);
    } else if (wait != -1 && at(story.events, wait).blocks) {
        message.kind = "wait";
        message.to = wait;
    }
    for (const int event : parent.events)  // it has looked, or waited
        if (event == wait || (at(story.events, event).name == "waitid" &&
                              at(story.events, event).about == ended.pid))
            at(story.events, event).causes.push_back(ended.ended);
    if (ended.lane >= 0) story.messages.push_back(message);
}

static int event_at(const Story& story, const Place& place) {
    int n = 0;
    for (const Process& process : story.processes) {
        if (process.lane < 0 ||
            at(story.scene.lanes, process.lane).first != place.lane)
            continue;
        for (const int event : process.events)
            if (at(story.events, event).name == place.call && ++n == place.n)
                return event;
    }
    die("no event " + place.lane + " " + place.call + " " +
        std::to_string(place.n));
}

static void obey_scene(Story& story) {
    for (const auto& [first, second] : story.scene.after) {
        const int a = event_at(story, first), b = event_at(story, second);
        if (at(story.events, a).begin > at(story.events, b).end)
            die(second.lane + " " + second.call + " came before " + first.lane +
                " " + first.call);
        at(story.events, b).causes.push_back(a);
    }
    if (story.scene.from)
        for (int e =
                 at(story.events, event_at(story, *story.scene.from)).previous;
             e != -1; e = at(story.events, e).previous)
            at(story.events, e).shown = false;
}

// A picture shows one message of an event: more of them get events of their own.
static void one_message_each(Story& story) {
    for (std::size_t m = 0; m < story.messages.size(); ++m) {
        Message& message = story.messages[m];
        if (message.kind == "RST") continue;
        const int from = message.from;
        if (at(story.events, from).sends == -1) {
            at(story.events, from).sends = static_cast<int>(m);
            continue;
        }
        Event next = at(story.events, from);
        next.previous = from;
        next.label = "";
        next.extra = true;
        next.causes.clear();
        next.sends = static_cast<int>(m);
        message.from = static_cast<int>(story.events.size());
        Process& own = at(story.processes, next.process);
        own.events.push_back(message.from);
        if (own.ended == from) own.ended = message.from;
        story.events.push_back(next);
    }
    for (const Message& message : story.messages)
        if (message.to != -1)
            at(story.events, message.to).causes.push_back(message.from);
}

static void cut_what_follows(Story& story) {
    if (!story.scene.until) return;
    at(story.events, event_at(story, *story.scene.until)).cut = true;
    for (bool more = true; more;) {
        more = false;
        for (Event& event : story.events) {
            if (event.cut) continue;
            event.cut =
                event.previous != -1 && at(story.events, event.previous).cut;
            for (const int cause : event.causes)
                event.cut = event.cut || at(story.events, cause).cut;
            more = more || event.cut;
        }
    }
    for (Process& process : story.processes) {
        const auto first = std::ranges::find_if(
            process.events, [&](int e) { return at(story.events, e).cut; });
        if (first == process.events.end()) continue;
        const Event& event = at(story.events, *first);
        process.pending = event.blocks ? event.name : "";
        process.events.erase(first, process.events.end());
        process.ended = -1;
    }
    for (Event& event : story.events)
        if (event.sends != -1) {
            Message& message = at(story.messages, event.sends);
            if (message.to != -1 && at(story.events, message.to).cut)
                message.to = -1;
        }
}

static Story tell(const Scene& scene, const Trace& trace) {
    Story story;
    story.scene = scene;
    story.trace = trace;
    walk_all(story);
    resolve(story);
    find_closed(story);
    Words names;
    for (const auto& [name, end] : story.ends) names.push_back(name);
    for (const auto& name : names) {
        Connection& end = story.ends[name];
        if (end.connected != -1)
            story.messages.push_back(
                {"connect", end.connected, end.accepted, -1});
        match_bytes(story, name);
        match_fin(story, name);
        match_rst(story, name);
    }
    for (std::size_t i = 0; i < story.processes.size(); ++i)
        match_exit(story, static_cast<int>(i));
    obey_scene(story);
    one_message_each(story);
    cut_what_follows(story);
    for (Message& message : story.messages)
        if (message.to != -1 && message.kind != "RST")
            message.process = at(story.events, message.to).process;
    return story;
}

// ---- What stands above what ------------------------------------------------

constexpr double width = 1120, margin = 112, top = 40;
constexpr double letter = 9, gap = 24;  // a letter's width, about

static double width_of(const std::string& text) {
    return letter * static_cast<double>(text.size());
}

struct Text {
    double x, dy;
    const char* anchor;
    std::string text;
};
enum class Head { arrow, queued, nobody, none };
struct Line {
    double from, to;
    Head head;
    const char* color;
    bool dashed;
};
struct Shape {  // what one event, or a message sent and received, looks like
    std::vector<Text> texts;
    std::vector<Line> lines;
    double left = width, right = 0;
    double dot = -1;  // on the lane, for an event without a line
    std::string box;  // the name of a child that is born
    double box_at = 0;
};

constexpr const char *black = "#000000", *blue = "#0072B2", *sky = "#56B4E9",
                     *orange = "#E69F00", *green = "#009E73",
                     *vermillion = "#D55E00", *purple = "#AA4499",
                     *grey = "#999999";

static double lane_x(const Story& story, int process) {
    const auto n = static_cast<double>(story.scene.lanes.size());
    const double lane = at(story.processes, process).lane;
    return n < 2 ? width / 2 : margin + lane * (width - 2 * margin) / (n - 1);
}

static void cover(Shape& shape, double a, double b) {
    shape.left = std::min({shape.left, a, b});
    shape.right = std::max({shape.right, a, b});
}

// A text beside a lane, on its right (side 1) or left (-1). dy: from the row's
// middle down.
static void put(Shape& shape, double x, int side, double dy,
                const std::string& text) {
    if (text.empty()) return;
    const double begin = x + side * gap;
    shape.texts.push_back({begin, dy, side > 0 ? "start" : "end", text});
    cover(shape, x, begin + side * width_of(text));
}

static bool drawn(const Story& story, int process) {
    return process >= 0 && at(story.processes, process).lane >= 0;
}

static const char* color_of(const std::string& kind) {
    return kind == "RST"       ? vermillion
           : kind == "FIN"     ? purple
           : kind == "data"    ? blue
           : kind == "SIGCHLD" ? vermillion
                               : black;
}

constexpr double above = -7, beside = 1;

static Shape shape_alone(const Story& story, const Event& event) {
    Shape shape;
    const double x = lane_x(story, event.process);
    const bool last = x > width - 1.2 * margin && story.scene.lanes.size() > 1;
    put(shape, x, last ? -1 : 1, beside, event.label);
    if (!event.label.empty() && event.name != "exit") shape.dot = x;
    cover(shape, x - 8, x + 8);
    return shape;
}

// A line from one lane to another, with a text at each end.
static Shape shape_between(double from, double to, const std::string& near_from,
                           const std::string& near_to, Line line) {
    Shape shape;
    const int side = to > from ? 1 : -1;
    shape.lines.push_back(line);
    cover(shape, from, to);
    put(shape, from, side, above, near_from);
    const double room = std::abs(to - from) - 3 * gap - width_of(near_from);
    if (room >= width_of(near_to))
        put(shape, to, -side, above, near_to);
    else
        put(shape, to, side, beside, near_to);
    return shape;
}

static Shape shape_of_message(const Story& story, const Event& event,
                              bool received) {
    const Message& message = at(story.messages, event.sends);
    const double from = lane_x(story, event.process);
    const double to = lane_x(story, message.process);
    const bool nobody = message.kind == "data" && message.to == -1;
    std::string there;
    if (received) there = at(story.events, message.to).label;
    if (!received && message.kind == "SIGCHLD")
        there = message.to == -1 &&
                        !at(story.processes, message.process).has_handler
                    ? "SIGCHLD: ignored"
                    : "SIGCHLD";
    const Head head =
        received || (message.kind == "SIGCHLD" && message.to == -1)
            ? Head::arrow
        : nobody ? Head::nobody
                 : Head::queued;
    Shape shape = shape_between(
        from, to, event.label, there,
        {from, to, head, color_of(message.kind), message.kind == "SIGCHLD"});
    if (message.kind == "fork") {
        shape.box =
            at(story.scene.lanes, at(story.processes, message.process).lane)
                .first;
        shape.box_at = to;
        const double half = width_of(shape.box) / 2 + 8;
        cover(shape, to - half, to + half);
        shape.lines.front().to += to > from ? -half : half;
    }
    return shape;
}

static const Message* rst_for(const Story& story, int event) {
    const auto found = std::ranges::find_if(
        story.messages,
        [&](const Message& m) { return m.kind == "RST" && m.to == event; });
    return found == story.messages.end() ? nullptr : &*found;
}

static Shape shape_of(const Story& story, int index, bool received) {
    const Event& event = at(story.events, index);
    if (event.sends != -1 &&
        drawn(story, at(story.messages, event.sends).process))
        return shape_of_message(story, event, received);
    const double x = lane_x(story, event.process);
    if (const Message* rst = rst_for(story, index);
        rst != nullptr && drawn(story, rst->process)) {
        const double peer = lane_x(story, rst->process);
        return shape_between(peer, x, "RST", event.label,
                             {peer, x, Head::arrow, vermillion, false});
    }
    if (drawn(story, event.reaped)) {
        const double child = lane_x(story, event.reaped);
        return shape_between(x, child, event.label, "",
                             {x, child, Head::none, orange, true});
    }
    return shape_alone(story, event);
}

struct Layout {
    struct Item {
        int row;
        Shape shape;
    };
    std::vector<Item> items;
    std::vector<std::vector<std::pair<double, double>>> taken;  // of each row
    double row_height = 30;
    double y(int row) const { return top + row_height * (row + 0.7); }
};

static bool is_free(const Layout& layout, int row, double left, double right) {
    if (row >= static_cast<int>(layout.taken.size())) return true;
    return std::ranges::none_of(at(layout.taken, row), [&](const auto& span) {
        return left < span.second + gap && span.first - gap < right;
    });
}

static void take(Layout& layout, int row, double left, double right) {
    while (row >= static_cast<int>(layout.taken.size()))
        layout.taken.emplace_back();
    at(layout.taken, row).emplace_back(left, right);
}

static bool is_placed(const Story& story, int event) {
    return event == -1 || at(story.events, event).row != -1;
}

// Whether all that came before is placed, but perhaps the one that is to be
// placed together with it.
static bool is_ready(const Story& story, int index, int but = -1) {
    const Event& event = at(story.events, index);
    return is_placed(story, event.previous) &&
           std::ranges::all_of(event.causes, [&](int cause) {
               return cause == but || is_placed(story, cause);
           });
}

// The receiver of the event's message, if both can stand in one row.
static int joined(const Story& story, int index) {
    const Event& event = at(story.events, index);
    if (event.sends == -1) return -1;
    const int to = at(story.messages, event.sends).to;
    if (to == -1 || is_placed(story, to) || !at(story.events, to).shown ||
        !is_ready(story, to, index))
        return -1;
    return to;
}

static int lowest_row(const Story& story, int index, int but = -1) {
    const Event& event = at(story.events, index);
    int row = 0;
    const auto below = [&](int before) {
        if (before == -1 || before == but) return;
        const Event& e = at(story.events, before);
        const bool same = !e.shown || (event.extra && before == event.previous);
        row = std::max(row, e.row + (same ? 0 : 1));
    };
    below(event.previous);
    for (const int cause : event.causes) below(cause);
    return row;
}

// What is placed next: among those whose time has come, first what is not
// shown, then what waits for nobody; then the highest; then the lane's order.
static int next_event(const Story& story) {
    std::array<int, 3> best{};
    int chosen = -1;
    for (int i = 0; i < static_cast<int>(story.events.size()); ++i) {
        const Event& event = at(story.events, i);
        if (event.cut || is_placed(story, i) || !is_ready(story, i)) continue;
        const int to =
            event.sends == -1 ? -1 : at(story.messages, event.sends).to;
        const bool alone = to != -1 && joined(story, i) == -1;
        const std::array<int, 3> rank{!event.shown || event.extra ? 0
                                      : !alone                    ? 1
                                                                  : 2,
                                      lowest_row(story, i),
                                      at(story.processes, event.process).lane};
        if (chosen != -1 && best <= rank) continue;
        best = rank;
        chosen = i;
    }
    return chosen;
}

static void place(Story& story, Layout& layout, int index) {
    Event& event = at(story.events, index);
    if (!event.shown) {
        event.row = lowest_row(story, index);
        return;
    }
    const int to = joined(story, index);
    int row = lowest_row(story, index);
    if (to != -1) row = std::max(row, lowest_row(story, to, index));
    const Shape shape = shape_of(story, index, to != -1);
    // an extra message may begin where the first one does
    const double slack = event.extra ? gap + 10 : 0;
    while (!is_free(layout, row, shape.left + slack, shape.right - slack))
        ++row;
    take(layout, row, shape.left, shape.right);
    event.row = row;
    if (to != -1) at(story.events, to).row = row;
    layout.items.push_back({row, shape});
}

static Layout lay_out(Story& story) {
    Layout layout;
    for (int next = 0; (next = next_event(story)) != -1;)
        place(story, layout, next);
    for (std::size_t i = 0; i < story.events.size(); ++i)
        if (!story.events[i].cut && story.events[i].row == -1)
            die("these events wait for each other: " + story.events[i].name);
    return layout;
}

// ---- The drawing -----------------------------------------------------------

static std::string escaped(const std::string& text) {
    std::string safe;
    for (const char c : text) {
        if (c == '&')
            safe += "&amp;";
        else if (c == '<')
            safe += "&lt;";
        else if (c == '>')
            safe += "&gt;";
        else
            safe += c;
    }
    return safe;
}

static std::string number(double value) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.1f", value);
    return text.data();
}

static void text_at(double x, double y, const char* anchor,
                    const std::string& text, const char* more = "") {
    std::cout << "<text x=\"" << number(x) << "\" y=\"" << number(y)
              << "\" text-anchor=\"" << anchor << "\"" << more << ">"
              << escaped(text) << "</text>\n";
}

static void bar(double x, double half, double from, double to,
                const std::string& fill) {
    std::cout << "<rect x=\"" << number(x - half) << "\" y=\"" << number(from)
              << "\" width=\"" << number(2 * half) << "\" height=\""
              << number(to - from) << "\" fill=\"" << fill << "\"/>\n";
}

static void line(double x1, double y1, double x2, double y2, const char* color,
                 const char* more = "") {
    std::cout << "<line x1=\"" << number(x1) << "\" y1=\"" << number(y1)
              << "\" x2=\"" << number(x2) << "\" y2=\"" << number(y2)
              << "\" stroke=\"" << color << "\" " << more << "/>\n";
}

static void draw_line(const Line& way, double y) {
    const double side = way.to > way.from ? 1 : -1;
    double end = way.to - side * 2;
    const char* dash = way.dashed ? "stroke-dasharray=\"6 4\"" : "";
    if (way.head == Head::queued) end = way.to - side * 13;
    if (way.head == Head::nobody) end = way.to - side * 12;
    line(way.from, y, end, y, way.color, dash);
    if (way.head == Head::arrow)
        std::cout << "<path d=\"M" << number(end) << ' ' << number(y) << " l"
                  << number(-side * 12) << " -6 v12 z\" fill=\"" << way.color
                  << "\"/>\n";
    if (way.head == Head::queued)
        std::cout << "<circle cx=\"" << number(end) << "\" cy=\"" << number(y)
                  << "\" r=\"5\" fill=\"#FFFFFF\" stroke=\"" << way.color
                  << "\"/>\n";
    if (way.head == Head::nobody) {
        line(end - 6, y - 6, end + 6, y + 6, way.color);
        line(end - 6, y + 6, end + 6, y - 6, way.color);
    }
}

static void draw_box(double x, double y, const std::string& name) {
    const double half = width_of(name) / 2 + 8;
    std::cout << "<rect x=\"" << number(x - half) << "\" y=\"" << number(y - 13)
              << "\" width=\"" << number(2 * half)
              << "\" height=\"26\" rx=\"4\" fill=\"#FFFFFF\" "
                 "stroke=\"#000000\" stroke-width=\"1\"/>\n";
    text_at(x, y + 6, "middle", name, " font-weight=\"bold\"");
}

struct Stretch {
    int process, from, to;  // rows; from may be -1: the top
    std::string text;
    std::string fill;
};

static int first_row(const Story& story, const Process& process) {
    return process.events.empty() || process.parent == -1 || process.lane < 0
               ? -1
               : at(story.events, process.events.front()).row;
}

static int last_row(const Layout& layout) {
    return static_cast<int>(layout.taken.size()) - 1;
}

// Where the picture ends: with room for the name of a call that goes on.
static int end_row(const Story& story, const Layout& layout) {
    const bool more =
        std::ranges::any_of(story.processes, [](const Process& process) {
            return process.lane >= 0 && process.ended == -1 &&
                   !process.pending.empty();
        });
    return last_row(layout) + (more ? 2 : 1);
}

static void add_blocked(const Story& story, const Layout& layout,
                        const Process& process, int index,
                        std::vector<Stretch>& stretches) {
    int last = first_row(story, process);
    for (const int e : process.events) {
        const Event& event = at(story.events, e);
        if (!event.shown) continue;
        std::string call =
            event.name == "SIGCHLD" ? event.interrupts : event.name;
        if (call == "stdin") call = "read";
        if (event.name == "SIGCONT")
            stretches.push_back({index, last, event.row, "stopped", grey});
        if (event.blocks && event.row - last >= 2)
            stretches.push_back(
                {index, last, event.row, "blocked in " + call, sky});
        if (event.handles != -1 && event.handles != e)
            stretches.push_back({index, event.row,
                                 at(story.events, event.handles).row, "",
                                 green});
        last = event.row;
    }
    if (!process.pending.empty() && process.ended == -1)
        stretches.push_back({index, last, end_row(story, layout),
                             "blocked in " + process.pending, sky});
}

static void add_zombie(const Story& story, const Layout& layout,
                       const std::string& hatch, int index,
                       std::vector<Stretch>& stretches) {
    const Process& process = at(story.processes, index);
    if (process.ended == -1 || !drawn(story, process.parent)) return;
    int end = end_row(story, layout);
    const Process& parent = at(story.processes, process.parent);
    for (const int e : parent.events)
        if (at(story.events, e).reaped == index) end = at(story.events, e).row;
    if (parent.ended != -1)
        end = std::min(end, at(story.events, parent.ended).row);
    const int begin = at(story.events, process.ended).row;
    if (end > begin) stretches.push_back({index, begin, end, "zombie", hatch});
}

static std::vector<Stretch> stretches_of(const Story& story,
                                         const Layout& layout,
                                         const std::string& hatch) {
    std::vector<Stretch> stretches;
    for (int i = 0; i < static_cast<int>(story.processes.size()); ++i) {
        const Process& process = at(story.processes, i);
        if (process.lane < 0) continue;
        add_blocked(story, layout, process, i, stretches);
        add_zombie(story, layout, hatch, i, stretches);
    }
    return stretches;
}

static void draw_lanes(const Story& story, const Layout& layout) {
    for (int i = 0; i < static_cast<int>(story.processes.size()); ++i) {
        const Process& process = at(story.processes, i);
        if (process.lane < 0) continue;
        const int from = first_row(story, process);
        if (process.parent != -1 && process.events.empty()) continue;
        const double end = process.ended == -1
                               ? layout.y(end_row(story, layout))
                               : layout.y(at(story.events, process.ended).row);
        line(lane_x(story, i), from == -1 ? 30 : layout.y(from),
             lane_x(story, i), end, "#555555");
        if (process.ended != -1)
            line(lane_x(story, i) - 9, end, lane_x(story, i) + 9, end,
                 "#000000", "stroke-width=\"4\"");
    }
}

static void draw_stretches(const Story& story, const Layout& layout,
                           const std::vector<Stretch>& stretches) {
    for (const Stretch& s : stretches) {
        const double half = s.fill == green ? 4 : 6;
        bar(lane_x(story, s.process), half,
            s.from == -1 ? 34 : layout.y(s.from) + (s.fill == green ? 0 : 3),
            layout.y(s.to) - (s.fill == green ? 0 : 1), s.fill);
    }
}

// Beside the stretch, where nothing else is.
static void name_stretches(const Story& story, Layout& layout,
                           const std::vector<Stretch>& stretches) {
    for (const Stretch& s : stretches) {
        if (s.text.empty()) continue;
        const double x = lane_x(story, s.process);
        const double wide = width_of(s.text);
        bool done = false;
        for (int row = s.from + 1; row < s.to && !done; ++row)
            for (const int side : {1, -1}) {
                const double far = x + side * (gap + wide);
                const double left = std::min(x, far), right = std::max(x, far);
                if (done || left < 0 || right > width ||
                    !is_free(layout, row, left, right))
                    continue;
                take(layout, row, left, right);
                text_at(x + side * gap, layout.y(row) + beside,
                        side > 0 ? "start" : "end", s.text,
                        " font-style=\"italic\"");
                done = true;
            }
    }
}

// What came too early waits in the receiver's queue: dotted, to where it is
// taken.
static bool draw_queues(const Story& story, const Layout& layout) {
    std::map<std::pair<int, int>, int> from;  // process, row of the end: begin
    std::map<std::pair<int, int>, const char*> color;
    std::map<std::pair<int, int>, double> side;
    for (const Event& event : story.events) {
        if (event.sends == -1 || !event.shown || event.cut) continue;
        const Message& message = at(story.messages, event.sends);
        if (message.to == -1 || !drawn(story, message.process)) continue;
        const int to = at(story.events, message.to).row;
        if (to == event.row) continue;
        const std::pair key{message.process, to};
        if (!from.contains(key) || event.row < from[key]) from[key] = event.row;
        color[key] = color_of(message.kind);
        side[key] =
            lane_x(story, event.process) > lane_x(story, message.process) ? 1
                                                                          : -1;
    }
    for (const auto& [key, begin] : from) {
        const double x = lane_x(story, key.first) + side[key] * 13;
        line(x, layout.y(begin) + 6, x, layout.y(key.second) - 4, color[key],
             "stroke-dasharray=\"2 4\"");
        std::cout << "<path d=\"M" << number(x) << ' '
                  << number(layout.y(key.second) + 1)
                  << " l-5 -9 h10 z\" fill=\"" << color[key] << "\"/>\n";
    }
    return !from.empty();
}

static void draw_legend(const std::vector<Stretch>& stretches,
                        const std::string& hatch, bool queues, double y) {
    double x = 20;
    const std::array<std::pair<std::string, std::string>, 4> kinds{{
        {sky, "blocked in a call"},
        {hatch, "zombie"},
        {green, "in the signal handler"},
        {grey, "stopped"},
    }};
    for (const auto& [fill, text] : kinds) {
        if (std::ranges::find(stretches, fill, &Stretch::fill) ==
            stretches.end())
            continue;
        bar(x, 6, y - 11, y + 11, fill);
        text_at(x + 14, y + 6, "start", text);
        x += 2 * gap + width_of(text);
    }
    if (!queues) return;
    std::cout << "<circle cx=\"" << number(x) << "\" cy=\"" << number(y)
              << "\" r=\"5\" fill=\"#FFFFFF\" stroke=\"#000000\" "
                 "stroke-width=\"2\"/>\n";
    text_at(x + 14, y + 6, "start", "waits until it is taken");
}

// The picture in words, row by row.
static std::string in_words(const Story& story) {
    std::vector<std::pair<int, std::string>> lines;
    for (int i = 0; i < static_cast<int>(story.events.size()); ++i) {
        const Event& event = at(story.events, i);
        if (!event.shown || event.cut || event.label.empty()) continue;
        const auto name = [&story](int process) {
            return at(story.scene.lanes, at(story.processes, process).lane)
                .first;
        };
        std::string text = name(event.process) + ": " + event.label;
        if (drawn(story, event.child)) text += " of " + name(event.child);
        lines.emplace_back(event.row, text);
    }
    std::ranges::sort(lines);
    std::string words;
    for (const auto& [row, text] : lines) words += text + "; ";
    if (words.size() > 2) words.resize(words.size() - 2);
    return words + ".";
}

static void draw(const Story& story, Layout& layout) {
    const std::string hatch_name = story.scene.name + "-zombie";
    const std::string hatch = "url(#" + hatch_name + ")";
    const auto stretches = stretches_of(story, layout, hatch);
    const double bottom = layout.y(end_row(story, layout));
    const double height = bottom + (stretches.empty() ? 8 : 40);
    std::cout << "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 "
              << number(width) << ' ' << number(height) << "\" width=\""
              << number(width) << "\" height=\"" << number(height)
              << "\" role=\"img\" aria-labelledby=\"" << story.scene.name
              << "-title " << story.scene.name << "-desc\">\n<title id=\""
              << story.scene.name << "-title\">" << escaped(story.scene.title)
              << "</title>\n<desc id=\"" << story.scene.name << "-desc\">"
              << escaped(in_words(story)) << "</desc>\n<defs><pattern id=\""
              << hatch_name
              << "\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\" "
                 "patternTransform=\"rotate(45)\"><rect width=\"8\" "
                 "height=\"8\" fill=\"#FFF3D6\"/><rect width=\"4\" "
                 "height=\"8\" fill=\""
              << orange
              << "\"/></pattern></defs>\n<rect width=\"100%\" height=\"100%\" "
                 "fill=\"#FFFFFF\"/>\n<g stroke-width=\"2\">\n";
    draw_lanes(story, layout);
    draw_stretches(story, layout, stretches);
    const bool queues = draw_queues(story, layout);
    for (const auto& [row, shape] : layout.items)
        for (const Line& way : shape.lines) draw_line(way, layout.y(row));
    for (const auto& [row, shape] : layout.items)
        if (shape.dot >= 0)
            std::cout << "<circle cx=\"" << number(shape.dot) << "\" cy=\""
                      << number(layout.y(row) - 5) << "\" r=\"5\"/>\n";
    std::cout << "</g>\n<g font-family=\"Arial, 'Liberation Sans', Helvetica, "
                 "sans-serif\" font-size=\"18\" paint-order=\"stroke\" "
                 "stroke=\"#FFFFFF\" "
                 "stroke-width=\"4\" stroke-linejoin=\"round\">\n";
    for (int i = 0; i < static_cast<int>(story.processes.size()); ++i)
        if (const Process& own = at(story.processes, i);
            own.lane >= 0 && own.parent == -1)
            draw_box(lane_x(story, i), 20,
                     at(story.scene.lanes, own.lane).first);
    for (const auto& [row, shape] : layout.items) {
        if (!shape.box.empty())
            draw_box(shape.box_at, layout.y(row), shape.box);
        for (const Text& text : shape.texts)
            text_at(text.x, layout.y(row) + text.dy, text.anchor, text.text);
    }
    name_stretches(story, layout, stretches);
    if (!stretches.empty()) draw_legend(stretches, hatch, queues, bottom + 20);
    std::cout << "</g>\n</svg>\n";
}

int main(int argc, char* argv[]) {
    if (argc != 3) {
        std::cerr << "usage: sequence SCENE LOG\n";
        return 2;
    }
    Story story = tell(read_scene(argv[1]), read_trace(argv[2]));
    Layout layout = lay_out(story);
    layout.row_height =
        std::clamp(500.0 / (end_row(story, layout) + 1), 27.0, 38.0);
    draw(story, layout);
    return std::cout.flush() ? 0 : 1;
}
