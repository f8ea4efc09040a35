#![allow(unsafe_code, reason = "both libraries take pointers")]

//! Which library multiplies faster on one core, on the shapes of a sequence
//! model: `cargo run --release -p vireo-learn --example products`.

use std::time::Instant;

/// Rows, columns and depth, and what it is.
const SHAPES: [(usize, usize, usize, &str); 7] = [
    (512, 192, 64, "queries, keys, values"),
    (512, 64, 192, "their gradient"),
    (512, 256, 64, "feed-forward"),
    (64, 256, 512, "gradient of its weights"),
    (256, 12_101, 64, "logits of a catalogue"),
    (256, 64, 12_101, "gradient of states"),
    (12_101, 64, 256, "gradient of a catalogue"),
];

fn main() {
    println!("| shape (rows x columns x depth) | what | gemm GFLOP/s | matrixmultiply GFLOP/s |");
    println!("|---|---|---:|---:|");
    for (m, n, k, what) in SHAPES {
        let mut random = fastrand::Rng::with_seed(1);
        let a: Vec<f32> = (0..m * k).map(|_| random.f32() - 0.5).collect();
        let b: Vec<f32> = (0..k * n).map(|_| random.f32() - 0.5).collect();
        let mut c = vec![0.0_f32; m * n];
        let flops = 2.0 * (m * n * k) as f64;
        let mut rate = |multiply: &dyn Fn(&mut [f32])| {
            let repeats = (2e9 / flops).ceil().max(3.0) as usize;
            multiply(&mut c);
            let best = (0..3)
                .map(|_| {
                    let started = Instant::now();
                    (0..repeats).for_each(|_| multiply(&mut c));
                    started.elapsed().as_secs_f64()
                })
                .fold(f64::INFINITY, f64::min);
            flops * repeats as f64 / best / 1e9
        };
        let (rows, columns) = (n as isize, k as isize);
        // SAFETY: the three matrices are row after row and as long as their shapes say.
        let first = rate(&|c| unsafe {
            let (c, a, b) = (c.as_mut_ptr(), a.as_ptr(), b.as_ptr());
            let none = gemm::Parallelism::None;
            gemm::gemm(
                m, n, k, c, 1, rows, false, a, 1, columns, b, 1, rows, 0.0, 1.0, false, false,
                false, none,
            );
        });
        // SAFETY: as above.
        let second = rate(&|c| unsafe {
            let (c, a, b) = (c.as_mut_ptr(), a.as_ptr(), b.as_ptr());
            matrixmultiply::sgemm(m, k, n, 1.0, a, columns, 1, b, rows, 1, 0.0, c, rows, 1);
        });
        println!("| {m} x {n} x {k} | {what} | {first:.0} | {second:.0} |");
    }
}
