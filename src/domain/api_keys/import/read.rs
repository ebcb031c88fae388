//! Reads the file of an import. This part does not need the database.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Read};
use std::ops::Range;

use csv::StringRecord;
use sha2::{Digest as _, Sha256};

use super::super::{KeyName, Kind};
use super::{BadRows, ImportError};
use crate::domain::environments::Environment;

const COLUMNS: [&str; 4] = ["name", "kind", "environment", "sha256"];

/// A row that can become a key. It is small, so that a million of them fit into memory.
pub(super) struct Row {
    pub(super) digest: [u8; 32],
    pub(super) line: u64,
    pub(super) kind: Kind,
    /// The index of its environment.
    pub(super) environment: usize,
    name: Range<usize>,
}

/// The rows of a file that can become keys, and what is wrong with the others.
pub(super) struct Rows {
    /// Sorted by digest, so that they are inserted in the order of the database's index.
    pub(super) rows: Vec<Row>,
    pub(super) bad: BadRows,
    names: String,
}

impl Rows {
    pub(super) fn name(&self, row: &Row) -> Result<KeyName, ImportError> {
        let name = self.names.get(row.name.clone()).unwrap_or_default();
        KeyName::parse(name).map_err(|error| ImportError::File(error.to_string()))
    }
}

pub(super) fn read(file: impl Read, environments: &[Environment]) -> Result<Rows, ImportError> {
    let mut lines = Lines::of(file);
    let delimiter = delimiter(lines.first().map_err(|e| unreadable(e.into()))?)?;
    let mut reader =
        csv::ReaderBuilder::new().flexible(true).delimiter(delimiter).from_reader(lines);
    let columns = columns(reader.headers().map_err(unreadable)?)?;
    let mut found = Rows { rows: Vec::new(), bad: BadRows::default(), names: String::new() };
    // For each name, the line where it first occurred. A hash of 16 bytes stands for the name.
    let mut seen: HashMap<[u8; 16], u64> = HashMap::new();
    let mut record = StringRecord::new();
    loop {
        match reader.read_record(&mut record) {
            Ok(false) => break,
            Ok(true) => {}
            Err(error) => match (error.position(), error.kind()) {
                (Some(_), csv::ErrorKind::Utf8 { .. }) => {
                    found.bad.add(reader.position().line() - 1, "it is not in UTF-8");
                    continue;
                }
                _ => return Err(unreadable(error)),
            },
        }
        // Counted back from where the record ended, because there may be empty lines before it.
        let breaks =
            record.iter().flat_map(str::bytes).filter(|byte| *byte == b'\n').count() as u64;
        let line = reader.position().line().saturating_sub(1 + breaks);
        match parse(&record, line, &columns, environments) {
            Err(why) => found.bad.add(line, why),
            Ok((mut row, name)) => {
                let first = *seen.entry(hash(&row, &name)).or_insert(line);
                if first != line {
                    found.bad.add(line, format!("it has the name of line {first}"));
                    continue;
                }
                row.name = found.names.len()..found.names.len() + name.as_str().len();
                found.names.push_str(name.as_str());
                found.rows.push(row);
            }
        }
    }
    found.rows.sort_unstable_by_key(|row| (row.digest, row.line));
    let Rows { rows, bad, .. } = &mut found;
    rows.dedup_by(|row, first| {
        let same = row.digest == first.digest;
        if same {
            bad.add(row.line, format!("it has the sha256 of line {}", first.line));
        }
        same
    });
    Ok(found)
}

/// A file in which every line, the last one included, ends with a line feed and nothing else, so
/// that the reader has counted a line once it has read it.
struct Lines<R> {
    file: BufReader<R>,
    line: Vec<u8>,
    number: u64,
    given: usize,
}

/// The longest line, in bytes. Without this limit, a file without lines would be read to its end.
const LINE_MAX: u64 = 64 * 1024;

impl<R: Read> Lines<R> {
    fn of(file: R) -> Self {
        Self { file: BufReader::new(file), line: Vec::new(), number: 0, given: 0 }
    }

    /// Reads the first line ahead. It stays in the input.
    fn first(&mut self) -> io::Result<&[u8]> {
        self.next()?;
        Ok(&self.line)
    }

    fn next(&mut self) -> io::Result<()> {
        self.line.clear();
        self.given = 0;
        self.number += 1;
        let longest = &mut (&mut self.file).take(LINE_MAX + 1);
        if longest.read_until(b'\n', &mut self.line)? > 0 {
            let text = self.line.strip_suffix(b"\n").unwrap_or(&self.line);
            if text.len() as u64 > LINE_MAX {
                let why = format!("line {} is longer than 64 KiB", self.number);
                return Err(io::Error::other(why));
            }
            self.line.truncate(text.strip_suffix(b"\r").unwrap_or(text).len());
            self.line.push(b'\n');
        }
        Ok(())
    }
}

impl<R: Read> Read for Lines<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.given == self.line.len() {
            self.next()?;
        }
        let given = (&self.line[self.given..]).read(buffer)?;
        self.given += given;
        Ok(given)
    }
}

fn unreadable(error: csv::Error) -> ImportError {
    ImportError::File(error.to_string())
}

/// The character between the columns. Spreadsheets write different ones in different countries.
fn delimiter(head: &[u8]) -> Result<u8, ImportError> {
    // A byte order mark, or a first line in which half of the bytes are zero: UTF-16.
    if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") || head.contains(&0) {
        return Err(ImportError::Utf16);
    }
    let has = |delimiter| head.contains(delimiter);
    Ok(*[b',', b';', b'\t'].iter().find(|d| has(*d)).unwrap_or(&b','))
}

/// The index of each column.
fn columns(header: &StringRecord) -> Result<[usize; 4], ImportError> {
    let mut places = [0; 4];
    for (place, name) in places.iter_mut().zip(COLUMNS) {
        *place = header.iter().position(|column| is(column, name)).ok_or(ImportError::Header)?;
    }
    if header.len() == COLUMNS.len() { Ok(places) } else { Err(ImportError::Header) }
}

fn is(column: &str, name: &str) -> bool {
    column.trim_start_matches('\u{feff}').trim().eq_ignore_ascii_case(name)
}

fn parse(
    record: &StringRecord,
    line: u64,
    columns: &[usize; 4],
    environments: &[Environment],
) -> Result<(Row, KeyName), String> {
    if record.len() != COLUMNS.len() {
        return Err(format!("it has {} fields and not 4", record.len()));
    }
    let [name, kind, environment, digest] = columns.map(|at| record.get(at).unwrap_or_default());
    let name = KeyName::parse(name).map_err(|e| e.to_string())?;
    let kind =
        Kind::parse(&kind.trim().to_ascii_lowercase()).ok_or("a kind is publishable or secret")?;
    let environment = environments.iter().position(|e| e.name == environment.trim());
    let environment = environment.ok_or("there is no such environment in the project")?;
    let mut bytes = [0; 32];
    hex::decode_to_slice(digest.trim(), &mut bytes)
        .map_err(|_| "a sha256 is 64 digits of 0-9 a-f")?;
    Ok((Row { digest: bytes, line, kind, environment, name: 0..0 }, name))
}

/// A hash of what must be unique: name, environment and kind.
fn hash(row: &Row, name: &KeyName) -> [u8; 16] {
    let mut unique = Sha256::new();
    unique.update(row.environment.to_le_bytes());
    unique.update(row.kind.as_str());
    unique.update([0]);
    unique.update(name.folded());
    let mut half = [0; 16];
    half.copy_from_slice(&unique.finalize()[..16]);
    half
}
