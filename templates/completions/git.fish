
# `git bicker` takes what bicker takes, and so does git-bicker.
function __bicker_through_git
    set -l typed (commandline -opc)
    set -l at (contains -i -- bicker $typed)
    or return
    complete -C "bicker $(string join ' ' -- (string escape -- $typed[(math $at + 1)..])) $(commandline -ct)"
end

complete -c git -f -n '__fish_git_using_command bicker' -a '(__bicker_through_git)'
complete -c git-bicker -w bicker
