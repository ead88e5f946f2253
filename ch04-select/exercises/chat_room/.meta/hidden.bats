#!/usr/bin/env bats
load ../../../../tests/grade/checks

# hint too_long: Somebody will send a line that does not end. Something must come of it that is no mangled line
#   and no memory without bounds: the contract says what.
# bats test_tags=id:too_long,points:1,needs:pieces,needs:leaves,hint:too_long
@test "who sends a longer line is disconnected, and nobody hears any of it" {
  start_server ./chat_room 0
  enter anna
  enter bert
  enter carl
  sent '5,000 digits, and no newline   (by "anna")'
  printf '%05000d' 0 >&"${client[anna]}"
  closed anna
  says bert "$(random_text 20)" carl
}
enter() {
  taken=$((${taken:-0} + 1))
  connect "$1"
  soon "the server to have $taken clients" has_clients "$taken"
}
has_clients() { [[ $(ss -Htnp state connected "sport = :$port" | grep -c "pid=$server,") -eq $1 ]]; }
says() {
  local name
  tell "$1" "$2"
  for name in "${@:3}"; do
    hear "$name"
    same "what \"$name\" hears" "$2" "$reply"
  done
}

# hint left_half: The half line of a client that has left is nobody's: not the others', and not the next client's,
#   who gets the same descriptor.
# bats test_tags=id:left_half,points:1,needs:pieces,needs:leaves,hint:left_half
@test "half a line of a client that leaves is heard by nobody" {
  start_server ./chat_room 0
  for name in anna bert carl; do enter $name; done
  sent 'half   (no newline, by "anna")'
  printf half >&"${client[anna]}"
  leave anna
  soon 'the server to close the connection' has_clients 2
  says bert "$(random_text 20)" carl
  taken=2
  enter dora
  says dora "$(random_text 20)" carl
}
