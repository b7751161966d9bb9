//! Finds files, and has each read in its format.

use std::fs;
use std::io::{self, BufRead, BufReader, Read as _};
use std::path::{Path, PathBuf};

use tracerail_schemas::Code;

use super::{Entry, Format, Input, eml, lines, text};

/// Where entries go; false stops the reading.
pub(super) type Sink<'a> = dyn FnMut(Entry) -> bool + 'a;

/// Bytes of one text or mail file that are read at most: what is beyond could never be shown to anybody.
const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Reads everything in the order of names, until `sink` answers false. Blocks; give it a thread of its own.
pub fn read(input: &Input, sink: &mut dyn FnMut(Entry) -> bool) {
    for path in &input.paths {
        let more = if path.as_os_str() == "-" {
            standard_input(input, sink)
        } else if path.is_dir() {
            folder(path, path, input, sink)
        } else {
            let id = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            file(path, &id, input, sink)
        };
        if !more {
            return;
        }
    }
}

fn standard_input(input: &Input, sink: &mut Sink<'_>) -> bool {
    let mut reader = BufReader::new(io::stdin().lock());
    let format = match input.format {
        Format::Auto => {
            let begin = reader.fill_buf().unwrap_or_default().trim_ascii_start();
            if begin.first() == Some(&b'{') { Format::JsonLines } else { Format::Text }
        }
        known @ (Format::JsonLines | Format::Text | Format::Mail) => known,
    };
    // What comes through a pipe has no name; without one, the same text again is new content.
    stream(reader, Named { place: "standard input", id: None }, format, input, sink)
}

/// All files below a folder, in the order of names. Hidden files are left out; folders behind links are not entered, so that no
/// circle of links can be walked.
fn folder(root: &Path, below: &Path, input: &Input, sink: &mut Sink<'_>) -> bool {
    let entries = match fs::read_dir(below) {
        Ok(entries) => entries,
        Err(error) => return sink(unreadable(&below.display().to_string(), &error)),
    };
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    for path in paths {
        if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.')) {
            continue;
        }
        let more = if path.is_dir() {
            path.is_symlink() || folder(root, &path, input, sink)
        } else if wanted(&path, &input.extensions) {
            file(&path, &relative(root, &path), input, sink)
        } else {
            true
        };
        if !more {
            return false;
        }
    }
    true
}

fn file(path: &Path, id: &str, input: &Input, sink: &mut Sink<'_>) -> bool {
    let place = path.display().to_string();
    let format = match input.format {
        Format::Auto => by_name(path),
        known @ (Format::JsonLines | Format::Text | Format::Mail) => known,
    };
    match fs::File::open(path) {
        Ok(file) => stream(BufReader::new(file), Named { place: &place, id: Some(id) }, format, input, sink),
        Err(error) => sink(unreadable(&place, &error)),
    }
}

/// What a stream of bytes is called.
#[derive(Clone, Copy)]
struct Named<'a> {
    place: &'a str,
    id: Option<&'a str>,
}

fn stream(
    mut reader: impl BufRead,
    named: Named<'_>,
    format: Format,
    input: &Input,
    sink: &mut Sink<'_>,
) -> bool {
    let Named { place, id } = named;
    if matches!(format, Format::JsonLines | Format::Auto) {
        return lines::read(&mut reader, place, input, sink);
    }
    let mut bytes = Vec::new();
    if let Err(error) = reader.take(FILE_BYTES_MAX).read_to_end(&mut bytes) {
        return sink(unreadable(place, &error));
    }
    let source = |usual: &str| input.source.clone().unwrap_or_else(|| usual.to_owned());
    let id = id.map(ToOwned::to_owned);
    let content = if format == Format::Mail {
        eml::submission(&bytes, id, source("mail"), input.content_bytes_max)
    } else {
        text::submission(&bytes, id, source("files"))
    };
    sink(Entry::content(place, content))
}

fn by_name(path: &Path) -> Format {
    let extension = path.extension().map(std::ffi::OsStr::to_ascii_lowercase);
    match extension.as_deref().and_then(|extension| extension.to_str()) {
        Some("jsonl" | "ndjson" | "json") => Format::JsonLines,
        Some("eml") => Format::Mail,
        Some(_) | None => Format::Text,
    }
}

fn wanted(path: &Path, extensions: &[String]) -> bool {
    let extension = path.extension().map(|extension| extension.to_string_lossy().into_owned());
    extensions.is_empty()
        || extension.is_some_and(|found| extensions.iter().any(|wanted| wanted.eq_ignore_ascii_case(&found)))
}

/// The path below the folder, with `/` on every system: the same folder gives the same ids everywhere.
fn relative(root: &Path, path: &Path) -> String {
    let below = path.strip_prefix(root).unwrap_or(path);
    below.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

fn unreadable(place: &str, error: &io::Error) -> Entry {
    Entry::unreadable(place, Code::InputUnreadable, format!("cannot be read: {error}"))
}
