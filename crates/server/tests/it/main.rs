//! The running process: what an installation does, its HTTP interface
//! (`api_*` mirror the addresses) and its page.

mod api_errors;
mod api_feed;
mod api_feedback;
mod api_interests;
mod api_media;
mod api_search;
mod api_users;
mod api_videos;
mod browser;
mod feed;
mod follow;
mod heads;
mod import;
mod ingest;
mod installation;
mod page;
mod site;
mod temporal_heads;
mod topics;
