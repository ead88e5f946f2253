# zombie: a child that has ended, and a parent that does not wait for it
#: title The child ends; the parent does not wait for it: the child is a zombie until the parent has ended, too
#: lane parent = zombie
#: lane child = parent/1
#: after child exit 1: parent sleep 1
. "${0%/*}/../tools/scene.bash"

start parent ch02-fork/zombie 2
await ended parent
