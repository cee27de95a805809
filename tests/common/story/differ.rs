//! Whether lines are the lines expected, and how they differ.
//!
//! One search answers both: the cheapest way to turn what is expected into what is there, in which leaving out a line or
//! adding one costs 1, and a line that is only `...` takes in any number of lines for nothing.

/// The lines side by side, each marked ` ` (as expected), `-` (expected, not there) or `+` (there, not expected); none
/// when all is as expected.
pub(crate) fn differences<S: AsRef<str>>(expected: &[S], actual: &[&str]) -> Option<String> {
    let costs = costs(expected, actual);
    let cost = |e: usize, a: usize| costs[e][a];
    if cost(0, 0) == 0 {
        return None;
    }
    let (mut shown, mut e, mut a) = (String::new(), 0, 0);
    let mut show = |mark: char, line: &str| shown.push_str(&format!("{mark}{line}\n"));
    while e < expected.len() || a < actual.len() {
        let (wanted, got) = (expected.get(e).map(AsRef::as_ref), actual.get(a).copied());
        match (wanted, got) {
            (Some(ANY), _) if cost(e + 1, a) == cost(e, a) => {
                show(' ', ANY);
                e += 1;
            }
            (Some(ANY), Some(_)) => a += 1,
            (Some(wanted), Some(got)) if matches(wanted, got) && cost(e + 1, a + 1) == cost(e, a) => {
                show(' ', got);
                (e, a) = (e + 1, a + 1);
            }
            (Some(wanted), _) if cost(e + 1, a) + 1 == cost(e, a) => {
                show('-', wanted);
                e += 1;
            }
            (_, got) => {
                show('+', got.unwrap_or_default());
                a += 1;
            }
        }
    }
    Some(shown)
}

/// Stands for any number of lines.
const ANY: &str = "...";

/// For each pair of places the cost of what is left after them.
fn costs<S: AsRef<str>>(expected: &[S], actual: &[&str]) -> Vec<Vec<usize>> {
    let mut costs = vec![vec![0; actual.len() + 1]; expected.len() + 1];
    for e in (0..=expected.len()).rev() {
        for a in (0..=actual.len()).rev() {
            let wanted = expected.get(e).map(AsRef::as_ref);
            let got = actual.get(a).copied();
            costs[e][a] = match (wanted, got) {
                (None, None) => 0,
                (Some(ANY), None) => costs[e + 1][a],
                (Some(ANY), Some(_)) => costs[e + 1][a].min(costs[e][a + 1]),
                (Some(_), None) => costs[e + 1][a] + 1,
                (None, Some(_)) => costs[e][a + 1] + 1,
                (Some(wanted), Some(got)) => {
                    let one_less = costs[e + 1][a].min(costs[e][a + 1]) + 1;
                    if matches(wanted, got) { one_less.min(costs[e + 1][a + 1]) } else { one_less }
                }
            };
        }
    }
    costs
}

/// Whether a line is the one expected, where `[..]` stands for anything.
fn matches(wanted: &str, got: &str) -> bool {
    let Some((start, rest)) = wanted.split_once("[..]") else { return wanted == got };
    let Some(mut got) = got.strip_prefix(start) else { return false };
    let mut parts: Vec<&str> = rest.split("[..]").collect();
    let end = parts.pop().unwrap_or_default();
    for part in parts {
        match got.find(part) {
            Some(at) => got = &got[at + part.len()..],
            None => return false,
        }
    }
    got.ends_with(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(expected: &str, actual: &str) -> Option<String> {
        differences(&expected.lines().collect::<Vec<_>>(), &actual.lines().collect::<Vec<_>>())
    }

    #[test]
    fn lines_as_expected() {
        for (expected, actual) in [
            ("", ""),
            ("a\n\nb", "a\n\nb"),
            ("a [..] c", "a b c"),
            ("a[..]", "a"),
            ("[..]", "a"),
            ("\n[..]", "\n\n"),
            ("[..]b[..]b", "abab"),
            ("...", ""),
            ("...", "a\nb"),
            ("a\n...\nd\n...", "a\nb\nc\nd\nd"),
            ("...\nd", "d\nc\nd"),
            ("...\n...", ""),
        ] {
            assert_eq!(shown(expected, actual), None, "{expected} {actual}");
        }
    }

    #[test]
    fn lines_not_as_expected() {
        for (expected, actual, difference) in [
            ("a", "b", "-a\n+b\n"),
            ("a\nb\nc", "a\nc", " a\n-b\n c\n"),
            ("a\nc", "a\nb\nc", " a\n+b\n c\n"),
            ("a", "", "-a\n"),
            ("", "a", "+a\n"),
            ("a ", "a", "-a \n+a\n"),
            ("a\n", "a\n\n", " a\n+\n"),
            ("x [..]", "x", "-x [..]\n+x\n"),
            ("ab[..]bc", "abc", "-ab[..]bc\n+abc\n"),
            ("[..]x[..]", "abc", "-[..]x[..]\n+abc\n"),
            ("a\n...\nd", "a\nb\nc", " a\n ...\n-d\n"),
            ("....", "x", "-....\n+x\n"),
            (" ...", "x", "- ...\n+x\n"),
        ] {
            assert_eq!(shown(expected, actual).as_deref(), Some(difference), "{expected} {actual}");
        }
    }
}
