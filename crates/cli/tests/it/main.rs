//! The program as a person or a script meets it.

mod ask;
mod killed;
mod manners;
mod manual;
mod vireo;
