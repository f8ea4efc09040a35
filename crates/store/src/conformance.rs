//! What every backend must do, as tests that any backend can run.
//!
//! Each function takes a fresh, empty store. [`store_conformance_tests!`](crate::store_conformance_tests)
//! makes a test of each; it holds the list.

pub mod catalogue;
pub mod documents;
pub mod feedback;
pub mod jobs;
pub mod users;

use crate::Store;

/// A backend under test: cheap to clone, so that tasks can share it.
pub trait Subject: Store + Clone + 'static {}

impl<S: Store + Clone + 'static> Subject for S {}

/// Makes a test of each conformance function. `$make` is an async function
/// that returns a guard (kept until the test ends, say a temporary folder)
/// and a fresh, empty store.
#[macro_export]
macro_rules! store_conformance_tests {
    ($make:path) => {
        $crate::store_conformance_tests! { @ $make;
            catalogue: adding_replacing_counting, every_field_survives, pages_in_order_of_id,
                same_id_twice_in_a_batch, changes_follow_writes, found_by_path,
                removing_forgets, analysis_survives_and_is_replaced, analysis_of_another_video,
                several_understood, embeddings_of_all_analysed, many_videos;
            users: adding_replacing_counting_users, users_in_order_of_id;
            feedback: known_ids_are_passed_over, every_kind_and_moment_survives,
                newest_first_then_last_arrived, positions_grow, concurrent_batches,
                large_batches;
            jobs: oldest_first, from_waiting_to_done_or_failed, enqueued_again,
                what_another_did_is_left_alone, all_at_once_are_done_once,
                leases_run_out, released, each_claimed_once, queues_are_apart;
            documents: putting_replacing_removing, first_one_stays, one_winner, by_key;
        }
    };
    (@ $make:path; $($concept:ident: $($name:ident),+;)+) => { $($(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            let (_guard, store) = $make().await;
            $crate::conformance::$concept::$name(store).await;
        }
    )+)+ };
}
