//! Times as people read them.

/// `1:02:03`, `4:05`.
pub(crate) fn clock(seconds: f64) -> String {
    let seconds = if seconds.is_finite() { seconds.max(0.0) as u64 } else { 0 };
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes}:{seconds:02}")
    }
}

/// The running time of a video, if it is known.
pub(crate) fn duration(video: &vireo_domain::Video) -> Option<String> {
    video.duration_seconds.filter(|seconds| *seconds >= 0.5).map(|seconds| clock(seconds.round()))
}

/// A second in an address, as a browser and our player read it: `12.5`.
pub(crate) fn second(seconds: f64) -> String {
    let tenths = (seconds.max(0.0) * 10.0).floor() / 10.0;
    format!("{tenths}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_like_a_clock() {
        assert_eq!(clock(5.9), "0:05");
        assert_eq!(clock(245.0), "4:05");
        assert_eq!(clock(3723.0), "1:02:03");
        assert_eq!(clock(f64::NAN), "0:00");
        assert_eq!(clock(-3.0), "0:00");
        assert_eq!(second(12.57), "12.5");
        assert_eq!(second(3.0), "3");
    }
}
