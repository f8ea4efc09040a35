//! `vireo serve`.

use super::{Context, Ending};
use anyhow::Result;
use clap::Args;
use std::net::SocketAddr;
use vireo_server::serve;

/// Serve the page and the HTTP interface
#[derive(Debug, Args)]
#[command(after_help = "\
  vireo serve                                      http://127.0.0.1:8080
  VIREO_API_KEY=secret vireo serve --listen 0.0.0.0:80

`vireo ingest` may run beside it on the same data folder: videos show up as they are done.
The interface is described at /openapi.json.")]
pub(crate) struct Arguments {
    /// Where to listen [default: 127.0.0.1:8080, or as in the settings]
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
}

impl Arguments {
    pub(crate) async fn run(self, context: &Context) -> Result<Ending> {
        let app = context
            .open_or_make_with(|config| {
                config.server.listen = self.listen.unwrap_or(config.server.listen);
            })
            .await?;
        app.refresh().await?;
        serve::run(app).await?;
        Ok(Ending::Well)
    }
}
