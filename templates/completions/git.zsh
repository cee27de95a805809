
# `git bicker`: zsh's own completion for git calls this. A second name for this file, _git-bicker, makes zsh find it.
_git-bicker() {
    _bicker "$@"
}

if [ "$funcstack[1]" = "_git-bicker" ]; then
    _bicker "$@"
fi
