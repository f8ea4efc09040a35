//! Models learned from everybody's feedback.

pub mod item_to_item;
pub mod popular;
