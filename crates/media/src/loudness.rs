//! How loud the sound is as a whole (EBU R 128, ITU-R BS.1770).

/// The meter's absolute gate: what is no louder is not counted as sound.
const GATE: f64 = -70.0;

/// ffmpeg's meter, which tells its measurements when it ends, and nothing before.
pub(crate) const METER: &str = "ebur128=framelog=verbose";

/// The integrated loudness in LUFS, if this line of the meter tells it.
pub(crate) fn told(line: &str) -> Option<f64> {
    let loudness = line.trim().strip_prefix("I:")?.strip_suffix("LUFS")?;
    loudness.trim().parse().ok().filter(|loudness: &f64| loudness.is_finite())
}

/// `None` where nothing was louder than the gate.
pub(crate) fn above_gate(loudness: f64) -> Option<f64> {
    Some(loudness).filter(|loudness| *loudness > GATE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_loudness_is_a_loudness() {
        assert_eq!(told("    I:         -23.1 LUFS\n"), Some(-23.1));
        for line in ["    Threshold: -33.4 LUFS", "    LRA:         6.3 LU", "    I: nan LUFS", ""]
        {
            assert_eq!(told(line), None, "{line}");
        }
        assert_eq!((above_gate(-70.0), above_gate(-69.9)), (None, Some(-69.9)));
    }
}
