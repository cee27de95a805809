//! Dates in words: what an author's clock said, in the author's own time zone, as `git log` shows it.
//!
//! A date is whatever its author wrote. None is refused here, however far off, and nothing depends on one. Pure.

const DAY: i64 = 86_400;

/// `2026-03-01`, for seconds since 1970 and minutes east of UTC.
pub fn day(seconds: u64, offset: i16) -> String {
    let (year, month, day) = civil(shifted(seconds, offset).div_euclid(DAY));
    format!("{year:04}-{month:02}-{day:02}")
}

/// `2026-03-01 14:05`, for seconds since 1970 and minutes east of UTC.
pub fn minute(seconds: u64, offset: i16) -> String {
    let of_day = shifted(seconds, offset).rem_euclid(DAY);
    format!("{} {:02}:{:02}", day(seconds, offset), of_day / 3_600, of_day / 60 % 60)
}

/// `2026-03-01 14:05:09 +0100`, for seconds since 1970 and minutes east of UTC.
pub fn second(seconds: u64, offset: i16) -> String {
    let (sign, east) = (if offset < 0 { '-' } else { '+' }, offset.unsigned_abs());
    format!("{}:{:02} {sign}{:02}{:02}", minute(seconds, offset), seconds % 60, east / 60, east % 60)
}

/// Seconds since 1970 as a clock of that zone counts them.
fn shifted(seconds: u64, offset: i16) -> i64 {
    i64::try_from(seconds).unwrap_or(i64::MAX).saturating_add(i64::from(offset) * 60)
}

/// Year, month and day of the Gregorian calendar, for days since 1970.
fn civil(days: i64) -> (i64, i64, i64) {
    // Years begin on the first of March here, so that the odd day is a year's last; 400 of them are 146,097 days.
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let of_era_year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * of_era_year + of_era_year / 4 - of_era_year / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (era * 400 + of_era_year + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_authors_zone() {
        // As `date -u -d @SECONDS` and `TZ=... date` say.
        assert_eq!(second(0, 0), "1970-01-01 00:00:00 +0000");
        assert_eq!(second(951_827_696, 0), "2000-02-29 12:34:56 +0000");
        assert_eq!(second(1_772_373_909, 60), "2026-03-01 15:05:09 +0100");
        assert_eq!(minute(1_772_373_909, -600), "2026-03-01 04:05");
        assert_eq!((day(1_772_323_199, 0), day(1_772_323_199, 1)), ("2026-02-28".to_owned(), "2026-03-01".to_owned()));
        assert_eq!(second(1_000_000_000, -210), "2001-09-08 22:16:40 -0330");
        assert_eq!(day(4_107_542_400, 0), "2100-03-01");
    }

    #[test]
    fn no_date_is_too_far_off() {
        // The widest that an entry may hold, and what none may.
        assert_eq!(second(99_999_999_999, 0), "5138-11-16 09:46:39 +0000");
        assert_eq!(second(0, -6_039), "1969-12-27 19:21:00 -10039");
        assert_eq!(second(0, 6_039), "1970-01-05 04:39:00 +10039");
        for seconds in [u64::MAX, i64::MAX as u64, 1 << 50] {
            assert!(second(seconds, i16::MIN).contains('-') && second(seconds, i16::MAX).contains('+'));
        }
    }
}
