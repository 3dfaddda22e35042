//! `diaban audit`: who was answered what, as it is on record. Needs no database.

use super::{person, told};
use crate::{
    audit::{
        Answer, AuditFolder, Entry, Head, Record, Removed, Sent, Tiles, Verified, VerifyError, in_vietnam,
    },
    layer::Language,
};
use anyhow::{Result, anyhow};
use serde_json::Value as Json;
use std::{collections::VecDeque, path::PathBuf, process::ExitCode};
use time::{
    Date, OffsetDateTime, Time, UtcOffset, format_description::well_known::Rfc3339,
    macros::format_description,
};

/// What stands for whoever has not said who he is.
const ANONYMOUS: &str = "anonymous";
/// Bytes of an export that are written at once.
const PIECE: usize = 64 * 1024;
/// The columns of an export as CSV.
const COLUMNS: [&str; 26] = [
    "n",
    "at",
    "kind",
    "agency",
    "who",
    "layers",
    "class",
    "question",
    "body",
    "features",
    "status",
    "whole",
    "tiles",
    "minute",
    "request",
    "version",
    "bytes",
    "failed_at",
    "reason",
    "month",
    "last",
    "last_hash",
    "feature",
    "run",
    "prev",
    "hash",
];

/// Who was answered what: list it, verify its chain, export it, remove what is too old
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The record is in the folder `audit` of the data folder, one file a month. On it are all answers that may\n\
    hold what is not open, and all that agencies ask; tiles are counted by the minute.\n\n\
    Who can write the folder could make the whole chain anew: note the number and hash that --verify prints\n\
    somewhere else, and hand them to a later --verify as --noted.\n\n\
    Examples:\n  \
    diaban audit --since 2026-11-01 --agency sonnmt\n  \
    diaban audit --layer telecom_cable --limit 1000\n  \
    diaban audit --verify\n  \
    diaban audit --verify --noted 128:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\n  \
    diaban audit --export csv --since 2026-11-01 > november.csv\n  \
    diaban audit --keep-months 24\n\n\
    Exit codes: 0 done, 1 the chain is broken or the record cannot be read, 2 wrong usage."
)]
pub struct Audit {
    /// Of this moment or later: a day in Vietnam, or a time such as 2026-11-30T08:00:00+07:00
    #[arg(long, value_name = "TIME", value_parser = moment)]
    since: Option<OffsetDateTime>,
    /// Of this agency; `anonymous` is whoever has not said who he is
    #[arg(long, value_name = "CODE")]
    agency: Option<String>,
    /// Of this layer
    #[arg(long, value_name = "LAYER")]
    layer: Option<String>,
    /// At most so many, the newest
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    limit: u32,
    /// Follow the chain from its first record to its last (kiểm tra chuỗi)
    #[arg(long, conflicts_with_all = ["since", "agency", "layer", "limit", "export", "keep_months"])]
    verify: bool,
    /// A record that an earlier --verify told: it must still be there
    #[arg(long, value_name = "N:HASH", requires = "verify")]
    noted: Option<Head>,
    /// All that the filters leave, on standard output (xuất)
    #[arg(long, value_name = "csv|json", value_enum, hide_possible_values = true, conflicts_with_all = ["limit", "keep_months"])]
    export: Option<Form>,
    /// Remove the months that ended more than so many months ago; the chain is verified first, and can be after
    #[arg(long, value_name = "N", conflicts_with_all = ["since", "agency", "layer", "limit"], value_parser = clap::value_parser!(u32).range(1..=1200))]
    keep_months: Option<u32>,
    /// The data folder
    #[arg(long, env = "DIABAN_DATA", default_value = "./data", value_name = "DIR")]
    data: PathBuf,
}

/// The form of an export.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Form {
    Csv,
    Json,
}

/// A moment, or the beginning of a day in Vietnam.
fn moment(text: &str) -> Result<OffsetDateTime, String> {
    let day = Date::parse(text, format_description!("[year]-[month]-[day]"));
    let offset = UtcOffset::from_hms(7, 0, 0).unwrap_or(UtcOffset::UTC);
    match day {
        Ok(day) => Ok(day.with_time(Time::MIDNIGHT).assume_offset(offset)),
        Err(_) => OffsetDateTime::parse(text, &Rfc3339)
            .map_err(|_| "write 2026-11-30 or 2026-11-30T08:00:00+07:00".to_owned()),
    }
}

impl Audit {
    /// Does it.
    pub fn run(self, language: Language) -> Result<ExitCode> {
        let folder = AuditFolder::of(&self.data);
        if self.verify {
            return verify(&folder, self.noted, language);
        }
        if let Some(months) = self.keep_months {
            return keep(&folder, months, language);
        }
        let damaged = match self.export {
            Some(form) => self.export(&folder, form)?,
            None => self.list(&folder, language)?,
        };
        if damaged > 0 {
            told::note(format_args!(
                "diaban: {}",
                pick(
                    language,
                    &format!(
                        "{damaged} dòng hỏng đã bị bỏ qua; `diaban audit --verify` cho biết chỗ đầu tiên"
                    ),
                    &format!(
                        "{damaged} damaged lines were passed over; `diaban audit --verify` names the first"
                    ),
                )
            ));
        }
        Ok(if damaged > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }

    /// Hands on each record that the filters leave, with its line. Returns how many lines are damaged; half a line at
    /// the end is none.
    fn each(&self, folder: &AuditFolder, mut take: impl FnMut(Record, &[u8])) -> Result<u64> {
        let month = self.since.map(|since| {
            let since = in_vietnam(since);
            format!("{:04}-{:02}", since.year(), u8::from(since.month()))
        });
        let mut damaged = 0;
        for line in folder.lines(month.as_deref())? {
            let line = line?;
            match Record::read(&line.bytes) {
                Ok(record) if self.leaves(&record) => take(record, &line.bytes),
                Ok(_) => {}
                Err(_) => damaged += u64::from(line.whole),
            }
        }
        Ok(damaged)
    }

    fn leaves(&self, record: &Record) -> bool {
        if self.since.is_some_and(|since| record.at < since) {
            return false;
        }
        match record.entry.about() {
            Some((agency, layers)) => {
                let is_of = |code: &String| agency.map_or(code == ANONYMOUS, |agency| agency == code);
                self.agency.as_ref().is_none_or(is_of)
                    && self.layer.as_ref().is_none_or(|layer| layers.contains(layer))
            }
            None => self.agency.is_none() && self.layer.is_none(),
        }
    }

    fn list(&self, folder: &AuditFolder, language: Language) -> Result<u64> {
        let (limit, mut lines, mut more) = (self.limit as usize, VecDeque::new(), false);
        let damaged = self.each(folder, |record, _| {
            lines.push_back(line(&record, language));
            more |= lines.len() > limit && lines.pop_front().is_some();
        })?;
        if lines.is_empty() {
            let none = pick(language, "Không có bản ghi nào", "There is no such record");
            told::line(format_args!("{none}"));
        }
        for line in &lines {
            told::line(format_args!("{line}"));
        }
        if more {
            let limit = self.limit;
            told::note(format_args!(
                "diaban: {}",
                pick(
                    language,
                    &format!("chỉ hiện {limit} bản ghi mới nhất; --limit cho nhiều hơn, --export cho tất cả"),
                    &format!("these are the newest {limit}; --limit shows more, --export all"),
                )
            ));
        }
        Ok(damaged)
    }

    fn export(&self, folder: &AuditFolder, form: Form) -> Result<u64> {
        // Excel takes text with this mark for Unicode.
        let mut out = match form {
            Form::Csv => format!("\u{feff}{}\r\n", COLUMNS.join(",")),
            Form::Json => "[".to_owned(),
        };
        let mut count = 0_u64;
        let damaged = self.each(folder, |_, bytes| {
            match form {
                Form::Csv => out += &csv(bytes),
                Form::Json => {
                    out += if count == 0 { "\n" } else { ",\n" };
                    out += &String::from_utf8_lossy(bytes);
                }
            }
            count += 1;
            if out.len() >= PIECE {
                told::text(format_args!("{out}"));
                out.clear();
            }
        })?;
        if matches!(form, Form::Json) {
            out += "\n]\n";
        }
        told::text(format_args!("{out}"));
        Ok(damaged)
    }
}

fn pick<'a>(language: Language, vi: &'a str, en: &'a str) -> &'a str {
    match language {
        Language::Vi => vi,
        Language::En => en,
    }
}

fn verify(folder: &AuditFolder, noted: Option<Head>, language: Language) -> Result<ExitCode> {
    let Verified { first, head, torn, noted_met } = match folder.verify(noted) {
        Ok(verified) => verified,
        Err(VerifyError::Broken(at)) => {
            let words = pick(language, "Chuỗi bị đứt", "The chain is broken");
            let at = match language {
                Language::Vi => at.vietnamese(),
                Language::En => at.english(),
            };
            told::line(format_args!("{words}: {at}"));
            return Ok(ExitCode::FAILURE);
        }
        Err(error) => return Err(error.into()),
    };
    if head == Head::NONE {
        told::line(format_args!("{}", pick(language, "Chưa có bản ghi nào", "There is no record yet")));
        return Ok(ExitCode::SUCCESS);
    }
    let last = head.n;
    told::line(format_args!(
        "{}",
        pick(
            language,
            &format!("Chuỗi liền mạch: bản ghi {first} đến {last}. Hãy ghi lại ở nơi khác: {head}"),
            &format!("The chain holds: records {first} to {last}. Note elsewhere: {head}"),
        )
    ));
    if torn > 0 {
        told::note(format_args!(
            "diaban: {}",
            pick(
                language,
                &format!("cuối tệp có {torn} byte ghi dở; máy chủ sẽ bỏ đi khi ghi tiếp"),
                &format!(
                    "half a record of {torn} bytes stands at the end; the server removes it when it goes on"
                ),
            )
        ));
    }
    if noted.is_some() && !noted_met {
        let words = pick(
            language,
            "bản ghi đã ghi lại ở nơi khác nay đã bị xóa vì quá hạn, nên không đối chiếu được",
            "the record that was noted is gone, being too old, so it could not be compared",
        );
        told::note(format_args!("diaban: {words}"));
    }
    Ok(ExitCode::SUCCESS)
}

fn keep(folder: &AuditFolder, months: u32, language: Language) -> Result<ExitCode> {
    let gone = folder.keep_months(months, &person().unwrap_or_default()).map_err(|error| match error {
        VerifyError::Broken(at) => {
            let at = match language {
                Language::Vi => at.vietnamese(),
                Language::En => at.english(),
            };
            anyhow!(
                "{}: {at}",
                pick(language, "chuỗi bị đứt nên không xóa gì", "the chain is broken, so nothing is removed")
            )
        }
        error => error.into(),
    })?;
    if gone.is_empty() {
        told::line(format_args!("{}", pick(language, "Không có tháng nào quá hạn", "No month is too old")));
    }
    for Removed { month, last, .. } in gone {
        told::line(format_args!(
            "{}",
            pick(
                language,
                &format!("Đã xóa tháng {month}, đến bản ghi {last}"),
                &format!("Removed {month}, up to record {last}"),
            )
        ));
    }
    Ok(ExitCode::SUCCESS)
}

/// A record in a line.
fn line(record: &Record, language: Language) -> String {
    let form = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
    let at = in_vietnam(record.at).format(form).unwrap_or_default();
    format!("{at}  {}  {}", record.n, words(&record.entry, language))
}

fn words(entry: &Entry, language: Language) -> String {
    let by = |agency: &Option<String>, who: &str| match agency {
        Some(agency) if agency != who => format!("{agency} ({who})"),
        Some(agency) => agency.clone(),
        None => pick(language, "không xưng danh", ANONYMOUS).to_owned(),
    };
    let of = |layers: &[String]| match layers {
        [] => "-".to_owned(),
        layers => layers.join(","),
    };
    match entry {
        Entry::Answer(Answer {
            agency,
            who,
            layers,
            question,
            features,
            feature,
            run,
            status,
            request,
            ..
        }) => {
            let told = [
                features.map(|count| match language {
                    Language::Vi => format!("  {count} đối tượng"),
                    Language::En => format!("  {count} features"),
                }),
                feature.map(|id| format!("  {} {id}", pick(language, "đối tượng số", "feature"))),
                run.map(|run| format!("  {} {run}", pick(language, "lần", "run"))),
            ];
            let told: String = told.into_iter().flatten().collect();
            format!("{}  {}  {question}  {status}{told}  [{request}]", by(agency, who), of(layers))
        }
        Entry::Sent(Sent { agency, who, layers, features, whole, request }) => {
            let whole = match whole {
                true => pick(language, "hết", "to its end"),
                false => pick(language, "bị ngắt giữa chừng", "cut off before its end"),
            };
            let sent = match language {
                Language::Vi => format!("đã gửi {features} đối tượng, {whole}"),
                Language::En => format!("sent {features} features, {whole}"),
            };
            format!("{}  {}  {sent}  [{request}]", by(agency, who), of(layers))
        }
        Entry::Tiles(Tiles { agency, who, layers, tiles, .. }) => {
            let tiles = match language {
                Language::Vi => format!("{tiles} ô bản đồ"),
                Language::En => format!("{tiles} tiles"),
            };
            format!("{}  {}  {tiles}", by(agency, who), of(layers))
        }
        other => about_itself(other, language),
    }
}

/// What the record says of itself.
fn about_itself(entry: &Entry, language: Language) -> String {
    let (vi, en) = match entry {
        Entry::Began { version } => {
            (format!("máy chủ bắt đầu ghi, bản {version}"), format!("a server began, version {version}"))
        }
        Entry::Healed { bytes } => (
            format!("đã bỏ {bytes} byte ghi dở do sự cố"),
            format!("half a record of {bytes} bytes, left by a crash, was removed"),
        ),
        Entry::Resumed { failed_at, reason } => (
            format!("ghi lại được; từ {failed_at} không ghi được: {reason}"),
            format!("records are written again; since {failed_at} they could not be: {reason}"),
        ),
        Entry::Removed(Removed { month, last, who, .. }) => (
            format!("{who} đã xóa tháng {month}, đến bản ghi {last}, vì quá hạn"),
            format!("{who} removed {month}, up to record {last}, as too old"),
        ),
        Entry::Answer(_) | Entry::Sent(_) | Entry::Tiles(_) => Default::default(),
    };
    pick(language, &vi, &en).to_owned()
}

/// A record's line as a row of CSV.
fn csv(line: &[u8]) -> String {
    let record: Json = serde_json::from_slice(line).unwrap_or_default();
    let cell = |column: &&str| match &record[*column] {
        Json::Null => String::new(),
        Json::String(text) => quoted(text),
        Json::Array(items) => quoted(&items.iter().filter_map(Json::as_str).collect::<Vec<_>>().join(" ")),
        // A body that is no text is told by its hash.
        Json::Object(body) => {
            let told = body.get("text").and_then(Json::as_str).or(body.get("sha256").and_then(Json::as_str));
            quoted(told.unwrap_or_default())
        }
        other => other.to_string(),
    };
    COLUMNS.iter().map(cell).collect::<Vec<_>>().join(",") + "\r\n"
}

/// A cell. What a table program would compute gets an apostrophe before it, as in downloads.
fn quoted(cell: &str) -> String {
    let computed = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let cell = if computed { format!("'{cell}") } else { cell.to_owned() };
    match cell.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", cell.replace('"', "\"\"")),
        false => cell,
    }
}
