
# `git bicker`: git's own completion calls this. It says what was typed in words, cword and cur, and adds no
# space after a word.
_git_bicker() {
    local first=${__git_cmd_idx:-1}
    while [ "$first" -lt "$cword" ] && [ "${words[first]}" != bicker ]; do
        first=$((first + 1))
    done
    local -a COMP_WORDS=("${words[@]:first}")
    local COMP_CWORD=$((cword - first))
    _bicker bicker "$cur" "${COMP_WORDS[COMP_CWORD - 1]}"
    local at
    for at in "${!COMPREPLY[@]}"; do
        if [ -d "${COMPREPLY[at]}" ]; then
            COMPREPLY[at]+=/
        else
            COMPREPLY[at]+=' '
        fi
    done
}
