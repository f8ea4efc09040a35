//! Files at an address, fetched in as many goes as it takes.

use crate::{Error, Result};
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::Duration;

/// Goes without a single new byte before giving up.
const IDLE_ATTEMPTS: u32 = 3;

/// A go may take this long; the next one continues where it ended. So a
/// connection that hangs is left, and a slow one is not.
const ATTEMPT: Duration = Duration::from_mins(5);

/// Fetches `url` into `path`, continuing what is there. `size` is the most
/// that is accepted; `progress` hears the bytes so far. On failure what came
/// is kept for the next time.
pub(super) fn fetch(
    url: &str,
    path: &Path,
    size: u64,
    model: &str,
    progress: &mut dyn FnMut(u64),
) -> Result<()> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_connect(Some(Duration::from_secs(30)))
        .timeout_recv_response(Some(Duration::from_mins(1)))
        .timeout_recv_body(Some(ATTEMPT))
        .user_agent(concat!("vireo/", env!("CARGO_PKG_VERSION")))
        .build()
        .into();
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .read(true)
        .open(path)
        .map_err(Error::file(path))?;
    let failed = |reason: String| Error::Fetch {
        name: model.to_owned(),
        reason: format!("{url}: {reason}"),
    };

    let mut idle = 0;
    loop {
        let before = length(&mut file).map_err(Error::file(path))?;
        let outcome = attempt(&agent, url, &mut file, before, size, progress);
        let after = length(&mut file).map_err(Error::file(path))?;
        match outcome {
            Ok(()) => return file.sync_all().map_err(Error::file(path)),
            Err(Trouble::Disk(error)) => return Err(Error::file(path)(error)),
            Err(Trouble::Refused(reason)) => return Err(failed(reason)),
            Err(Trouble::Broken(reason)) => {
                idle = if after > before { 0 } else { idle + 1 };
                if idle == IDLE_ATTEMPTS {
                    return Err(failed(format!(
                        "{reason}; run the command again: what was fetched is kept"
                    )));
                }
                std::thread::sleep(Duration::from_millis(500) * idle);
            }
        }
    }
}

enum Trouble {
    /// Worth another go.
    Broken(String),
    /// Another go would end the same.
    Refused(String),
    /// On our side.
    Disk(io::Error),
}

fn attempt(
    agent: &ureq::Agent,
    url: &str,
    file: &mut File,
    have: u64,
    size: u64,
    progress: &mut dyn FnMut(u64),
) -> Result<(), Trouble> {
    if have == size {
        return Ok(());
    }
    let have = if have < size { have } else { 0 };
    let mut request = agent.get(url).header("Accept-Encoding", "identity");
    if have > 0 {
        request = request.header("Range", format!("bytes={have}-"));
    }
    let response = request.call().map_err(|error| Trouble::Broken(error.to_string()))?;
    let mut done = match response.status().as_u16() {
        206 if range_start(&response) == Some(have) => have,
        // The server does not continue files: from the beginning.
        200 => {
            file.set_len(0).map_err(Trouble::Disk)?;
            0
        }
        206 | 416 => {
            file.set_len(0).map_err(Trouble::Disk)?;
            return Err(Trouble::Broken("the server has another file than before".to_owned()));
        }
        status @ (408 | 429 | 500..=599) => return Err(Trouble::Broken(format!("HTTP {status}"))),
        status => return Err(Trouble::Refused(format!("HTTP {status}"))),
    };

    let mut body = response.into_body().into_reader().take(size - done + 1);
    let mut buffer = vec![0; 256 * 1024];
    loop {
        let count = body.read(&mut buffer).map_err(|error| Trouble::Broken(error.to_string()))?;
        if count == 0 {
            break;
        }
        file.write_all(&buffer[..count]).map_err(Trouble::Disk)?;
        done += count as u64;
        progress(done);
    }
    if done < size {
        return Err(Trouble::Broken(format!("it ended after {done} of {size} bytes")));
    }
    Ok(())
}

/// Where a partial answer begins: the 5 of `bytes 5-9/10`.
fn range_start<B>(response: &ureq::http::Response<B>) -> Option<u64> {
    let range = response.headers().get("content-range")?.to_str().ok()?;
    range.strip_prefix("bytes ")?.split('-').next()?.trim().parse().ok()
}

fn length(file: &mut File) -> io::Result<u64> {
    file.seek(SeekFrom::End(0))
}
