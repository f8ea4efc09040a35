//! Settings of the sequence models on `MovieLens` 100K:
//! `cargo run --release -p vireo-interest --example sequences -- U.DATA transformer dropout=0.3`.
//!
//! They are judged by NDCG@10 of everybody's last item but one, which is what
//! stops the training, too. Only with `test=SEEDS` the model is trained on both
//! parts, with so many seeds from `seed` on, and asked for the last item.

use std::env::args;
use std::time::Instant;
use vireo_domain::FeedbackKind;
use vireo_interest::models::{
    Case, Event, Gru4Rec, Gru4RecConfig, Interactions, Model, Settings, Split, Transformer,
    TransformerConfig,
};
use vireo_learn::{Encoder, Gru, Question, SequenceModel, Training, TrainingConfig};

fn main() {
    let mut given = args().skip(1);
    let file = given.next().expect("the file of interactions");
    let kind = given.next().expect("transformer or gru4rec");
    let given: Vec<String> = given.collect();
    let value = |name: &str| -> Option<f64> {
        given.iter().find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')?.parse().ok())
    };
    let set = |to: &mut usize, name: &str| *to = value(name).map_or(*to, |value| value as usize);
    let set_real = |to: &mut f32, name: &str| *to = value(name).map_or(*to, |value| value as f32);
    let data = movielens(&std::fs::read_to_string(file).expect("a file"));
    let (train, cases) = Split::LeaveOneOut.of(&data);
    let seed = value("seed").map_or(1, |seed| seed as u64);
    let change = |training: &mut TrainingConfig| {
        set(&mut training.batch, "batch");
        set(&mut training.epochs, "epochs");
        set(&mut training.patience, "patience");
        set_real(&mut training.adam.rate, "rate");
        set_real(&mut training.adam.decay, "decay");
        set_real(&mut training.adam.squares, "squares");
        training.negatives = value("negatives").map(|count| count as usize).or(training.negatives);
    };
    let tests = value("test").map_or(0, |count| count as u64);
    if kind == "transformer" {
        let mut settings = TransformerConfig::seeded(seed).settings(&train);
        let Settings { shape, training } = &mut settings;
        change(training);
        set(&mut shape.width, "width");
        set(&mut shape.heads, "heads");
        set(&mut shape.blocks, "blocks");
        set(&mut shape.hidden, "hidden");
        set(&mut shape.length, "length");
        set_real(&mut shape.dropout, "dropout");
        println!("{settings:?}");
        if tests == 0 {
            let network = vireo_learn::Transformer::new(settings.shape).expect("valid");
            validate(&train, network, settings.training);
        }
        for seed in seed..seed + tests {
            settings.training.seed = seed;
            let config = TransformerConfig { seed, settings: Some(settings) };
            test::<Transformer>(&train, &cases, &config);
        }
    } else {
        let mut settings = Gru4RecConfig::seeded(seed).settings(&train);
        let Settings { shape, training } = &mut settings;
        change(training);
        set(&mut shape.width, "width");
        set(&mut shape.hidden, "hidden");
        set(&mut shape.length, "length");
        set_real(&mut shape.dropout, "dropout");
        println!("{settings:?}");
        if tests == 0 {
            validate(&train, Gru::new(settings.shape).expect("valid"), settings.training);
        }
        for seed in seed..seed + tests {
            settings.training.seed = seed;
            let config = Gru4RecConfig { seed, settings: Some(settings) };
            test::<Gru4Rec>(&train, &cases, &config);
        }
    }
}

fn validate<E: Encoder>(data: &Interactions, encoder: E, config: TrainingConfig) {
    let (early, cases) = Split::LeaveOneOut.of(data);
    let items = |history: &Vec<Event>| history.iter().map(|event| event.item).collect();
    let histories: Vec<Vec<u32>> = early.histories.iter().map(items).collect();
    let question = |case: &Case| Question { history: items(&case.history), target: case.target };
    let questions: Vec<Question> = cases.iter().map(question).collect();
    let model = SequenceModel::new(encoder, data.items);
    let mut training = Training::new(&model, &histories, &questions, config).expect("data");
    let started = Instant::now();
    let outcome = training.run(&mut |epoch| {
        let seconds = started.elapsed().as_secs_f64();
        println!("{:3} loss {:.4} ndcg {:.4} {seconds:.1} s", epoch.number, epoch.loss, epoch.ndcg);
    });
    let outcome = outcome.expect("no breakdown");
    println!("best {:.4} in epoch {}", outcome.ndcg, outcome.epoch);
}

fn test<M: Model>(train: &Interactions, cases: &[Case], config: &M::Config) {
    let started = Instant::now();
    let model = M::fit(train, config);
    let seconds = started.elapsed().as_secs_f64();
    let mut scores = vec![0.0; train.items];
    let (mut hits, mut gain) = (0.0, 0.0);
    for case in cases {
        model.scores(&case.history, &mut scores);
        let own = scores[case.target as usize];
        case.history.iter().for_each(|event| scores[event.item as usize] = f32::NEG_INFINITY);
        let rank = scores.iter().filter(|score| **score >= own).count();
        if rank <= 10 {
            hits += 1.0;
            gain += 1.0 / (rank as f64 + 1.0).log2();
        }
    }
    let count = cases.len() as f64;
    println!("HR@10 {:.4} NDCG@10 {:.4} train {seconds:.1} s", hits / count, gain / count);
}

/// Equal times stay in the order of the file.
fn movielens(text: &str) -> Interactions {
    let histories = vec![Vec::new(); 943];
    let mut data = Interactions { histories, items: 1682, ..Interactions::default() };
    for line in text.lines() {
        let fields: Vec<i64> = line.split('\t').filter_map(|field| field.parse().ok()).collect();
        let [user, item, _, at] = fields[..] else { panic!("not a line of u.data: {line}") };
        let event = Event { item: item as u32 - 1, kind: FeedbackKind::Rating, weight: 1.0, at };
        data.histories[user as usize - 1].push(event);
    }
    for history in &mut data.histories {
        history.sort_by_key(|event| event.at);
    }
    data
}
