//! Settings of the sequence models on a data set, and how long they train:
//! `cargo run --release -p vireo-interest --example sequences -- FILE transformer dropout=0.3`.
//!
//! FILE is MovieLens' `u.data` or `ratings.csv`, or `made` for a million
//! interactions of 6,040 people with 3,416 items. `cut=8` makes many people of
//! each, with so many events, and leaves out items of fewer than five: as sparse
//! as a shop.
//!
//! Settings are judged by NDCG@10 of everybody's last item but one, which is
//! what stops the training, too; with `fit=1` by the whole training, that holds
//! back on its own. Only with `test=SEEDS` the model is trained on both parts,
//! with so many seeds from `seed` on, and asked for the last item; with
//! `update=SEEDS` on the first nine tenths of the time only, then on all from
//! nothing, and going on from the first.

use std::collections::HashMap;
use std::env::args;
use std::time::Instant;
use vireo_domain::FeedbackKind;
use vireo_interest::models::{
    Before, Case, Event, Fitted, Gru4Rec, Gru4RecConfig, Interactions, MARKS, Model, Run, Settings,
    Split, Transformer, TransformerConfig, tokens,
};
use vireo_learn::{Encoder, Gru, Question, SequenceModel, Token, Training, TrainingConfig};

/// Histories that are asked, at most.
const ASKED: usize = 4_000;

/// Events of an item that is kept in a cut data set.
const FEWEST_EVENTS: usize = 5;

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
    let mut data = if file == "made" { made() } else { read(&file) };
    if let Some(length) = value("cut") {
        data = cut(&data, length as usize);
    }
    let events = data.events().count();
    println!("{events} events, {} people, {} items", data.histories.len(), data.items);
    let (train, mut cases) = Split::LeaveOneOut.of(&data);
    let (early, mut early_cases) = Split::LeaveOneOut.of(&train);
    cases.truncate(ASKED);
    early_cases.truncate(ASKED);
    let seed = value("seed").map_or(1, |seed| seed as u64);
    let change = |training: &mut TrainingConfig| {
        set(&mut training.batch, "batch");
        set(&mut training.epochs, "epochs");
        set(&mut training.patience, "patience");
        set_real(&mut training.average, "average");
        set_real(&mut training.adam.rate, "rate");
        set_real(&mut training.adam.decay, "decay");
        set_real(&mut training.adam.squares, "squares");
        training.negatives = value("negatives").map(|count| count as usize).or(training.negatives);
    };
    let tests = value("test").map_or(0, |count| count as u64);
    let fits = value("fit").map_or(0, |count| count as u64);
    let updates = value("update").map_or(0, |count| count as u64);
    let (fitted, asked) = if fits > 0 { (&early, &early_cases) } else { (&train, &cases) };
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
        if tests + fits + updates == 0 {
            let network = vireo_learn::Transformer::new(settings.shape).expect("valid");
            validate(&early, &early_cases, network, settings.training);
        }
        let config = |seed| {
            let training = TrainingConfig { seed, ..settings.training };
            TransformerConfig { seed, settings: Some(Settings { training, ..settings }) }
        };
        for seed in seed..seed + tests + fits {
            test("", fitted, asked, || Transformer::fit(fitted, &config(seed)));
        }
        for seed in seed..seed + updates {
            let config = config(seed);
            let fit = |data: &Interactions, run: &Run<'_>| Transformer::fit_in(data, &config, run);
            update(&train, &cases, fit, Fitted::Transformer);
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
        if tests + fits + updates == 0 {
            let network = Gru::new(settings.shape).expect("valid");
            validate(&early, &early_cases, network, settings.training);
        }
        let config = |seed| {
            let training = TrainingConfig { seed, ..settings.training };
            Gru4RecConfig { seed, settings: Some(Settings { training, ..settings }) }
        };
        for seed in seed..seed + tests + fits {
            test("", fitted, asked, || Gru4Rec::fit(fitted, &config(seed)));
        }
        for seed in seed..seed + updates {
            let config = config(seed);
            let fit = |data: &Interactions, run: &Run<'_>| Gru4Rec::fit_in(data, &config, run);
            update(&train, &cases, fit, Fitted::Gru4Rec);
        }
    }
}

fn validate<E: Encoder>(early: &Interactions, cases: &[Case], encoder: E, config: TrainingConfig) {
    let histories: Vec<Vec<Token>> = early.histories.iter().map(|it| tokens(it, None)).collect();
    let question = |case: &Case| Question {
        history: tokens(&case.history, Some(case.at)),
        target: case.target,
    };
    let questions: Vec<Question> = cases.iter().map(question).collect();
    let model = SequenceModel::new(encoder, early.items, MARKS);
    let mut training =
        Training::new(&model, &histories, &questions, vireo_learn::Features::none(), config)
            .expect("data");
    let started = Instant::now();
    let outcome = training.run(&mut |epoch| {
        let (seconds, work) = (started.elapsed().as_secs_f64(), processor_seconds());
        println!(
            "{:3} loss {:.4} ndcg {:.4} {seconds:.1} s, of the processors {work:.1} s",
            epoch.number, epoch.loss, epoch.ndcg
        );
    });
    let outcome = outcome.expect("no breakdown");
    println!("best {:.4} in epoch {}", outcome.ndcg, outcome.epoch);
}

/// Trains and asks.
fn test<M: Model>(what: &str, data: &Interactions, cases: &[Case], train: impl Fn() -> M) -> M {
    let (started, before) = (Instant::now(), processor_seconds());
    let model = train();
    let (seconds, work) = (started.elapsed().as_secs_f64(), processor_seconds() - before);
    let mut scores = vec![0.0; data.items];
    let (mut hits, mut gain) = (0.0, 0.0);
    for case in cases {
        model.scores(&case.history, case.at, &mut scores);
        gain += case.ndcg(&scores);
        hits += f64::from(u8::from(case.rank(&scores).is_some_and(|rank| rank <= 10)));
    }
    let count = cases.len() as f64;
    let (hits, gain) = (hits / count, gain / count);
    println!(
        "{what}HR@10 {hits:.4} NDCG@10 {gain:.4} train {seconds:.1} s, of the processors \
         {work:.1} s, peak {} MB",
        peak_megabytes()
    );
    model
}

/// What it costs to begin anew when a tenth is new, and what to go on.
fn update<M: Model>(
    data: &Interactions,
    cases: &[Case],
    fit: impl Fn(&Interactions, &Run<'_>) -> M,
    fitted: impl Fn(M) -> Fitted,
) {
    let (early, _) = Split::Time.of(data);
    let anew = Run::default();
    let models = [fitted(test("before: ", data, cases, || fit(&early, &anew)))];
    test("anew: ", data, cases, || fit(data, &anew));
    let going_on = anew.after(Before { models: &models, since: Some(early.newest()) });
    test("going on: ", data, cases, || fit(data, &going_on));
}

/// Of this process, in all threads.
fn processor_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<f64> = text.split(' ').filter_map(|field| field.parse().ok()).collect();
    // User and system, in hundredths; the name and the state are no numbers.
    fields.get(11..13).map_or(0.0, |ticks| ticks.iter().sum::<f64>() / 100.0)
}

fn peak_megabytes() -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) / 1024
}

/// User, item, rating and time, by tabs or after a header by commas; equal
/// times stay in the order of the file.
fn read(file: &str) -> Interactions {
    let text = std::fs::read_to_string(file).expect("a file");
    let (mut people, mut items) = (HashMap::new(), HashMap::new());
    let mut histories: Vec<Vec<Event>> = Vec::new();
    for line in text.lines() {
        let fields: Vec<&str> = line.split(['\t', ',']).collect();
        let [user, item, _, at] = fields[..] else { panic!("not four columns: {line}") };
        let Ok(at) = at.parse() else { continue };
        let count = items.len() as u32;
        let item = *items.entry(item.to_owned()).or_insert(count);
        let count = people.len();
        let person = *people.entry(user.to_owned()).or_insert(count);
        if person == histories.len() {
            histories.push(Vec::new());
        }
        histories[person].push(event(item, at));
    }
    for history in &mut histories {
        history.sort_by_key(|event| event.at);
    }
    Interactions { histories, items: items.len(), ..Interactions::default() }
}

fn event(item: u32, at: i64) -> Event {
    Event { item, kind: FeedbackKind::Rating, weight: 1.0, at, first: at }
}

/// Pieces of histories, without rare items, those numbered anew.
fn cut(data: &Interactions, length: usize) -> Interactions {
    let mut counts = vec![0; data.items];
    data.events().for_each(|event| counts[event.item as usize] += 1);
    let mut numbers = HashMap::new();
    let mut histories = Vec::new();
    for history in &data.histories {
        let kept = history.iter().filter(|event| counts[event.item as usize] >= FEWEST_EVENTS);
        let kept: Vec<Event> = kept
            .map(|event| {
                let count = numbers.len() as u32;
                Event { item: *numbers.entry(event.item).or_insert(count), ..*event }
            })
            .collect();
        let pieces = kept.chunks(length).filter(|piece| piece.len() >= FEWEST_EVENTS);
        histories.extend(pieces.map(<[Event]>::to_vec));
    }
    Interactions { histories, items: numbers.len(), ..Interactions::default() }
}

/// People of a few tastes, who often go from an item to one of its followers.
fn made() -> Interactions {
    const PEOPLE: usize = 6_040;
    const ITEMS: usize = 3_416;
    const EVENTS: usize = 1_000_000;
    const TASTES: usize = 18;
    const FOLLOWERS: usize = 12;
    let mut random = fastrand::Rng::with_seed(7);
    // Items by popularity: the draw is skewed to low numbers.
    let popular = |random: &mut fastrand::Rng| (ITEMS as f64 * random.f64().powi(3)) as u32;
    let followers: Vec<u32> = (0..ITEMS * FOLLOWERS).map(|_| popular(&mut random)).collect();
    let mut histories = Vec::with_capacity(PEOPLE);
    for person in 0..PEOPLE {
        // From 20 to 2,000 events, 165 in the mean.
        let share = (person as f64 + 0.5) / PEOPLE as f64;
        let length = (20.0 + 145.0 * -(1.0 - share).ln()).min(2_000.0) as usize;
        let taste = random.usize(..TASTES);
        let (mut history, mut seen): (Vec<Event>, _) = (Vec::new(), vec![false; ITEMS]);
        while history.len() < length {
            let last = history.last().filter(|_| random.f64() < 0.5);
            let next = match last {
                Some(Event { item, .. }) => {
                    followers[*item as usize * FOLLOWERS + random.usize(..FOLLOWERS)]
                }
                None => popular(&mut random),
            };
            let is_liked = next as usize % TASTES == taste || random.f64() < 0.3;
            if is_liked && !std::mem::replace(&mut seen[next as usize], true) {
                history.push(event(next, history.len() as i64));
            } else if random.f64() < 0.01 {
                let any = random.u32(..ITEMS as u32);
                if !std::mem::replace(&mut seen[any as usize], true) {
                    history.push(event(any, history.len() as i64));
                }
            }
        }
        histories.push(history);
    }
    let all: usize = histories.iter().map(Vec::len).sum();
    assert!(all.abs_diff(EVENTS) < EVENTS / 20, "{all} events");
    Interactions { histories, items: ITEMS, ..Interactions::default() }
}
