//! `diaban key`: keys by which the programs of agencies are known, given out, listed and taken back.

use super::{
    refusal::{Because, refusal},
    serve, told,
};
use crate::{
    config::DatabaseSettings,
    import::{Words, words},
    layer::{Catalog, Language},
    store::{
        api_key::{ApiKey, KeptKey, KeyState},
        postgis::{Database, in_vietnam},
    },
};
use anyhow::Result;
use serde_json::{Value as Json, json};
use std::process::ExitCode;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// Characters of a name at most.
const NAME_MAX: usize = 200;

/// Keys by which agencies' programs are known: give out, list, take back (khóa truy cập của cơ quan)
#[derive(Debug, clap::Args)]
#[command(
    after_help = "A program sends its key as the header `Authorization: Bearer KEY` or `X-API-Key: KEY`. What its agency\n\
    may see by it stands in the file of grants (`diaban serve --grants FILE`).\n\n\
    Examples:\n  \
    diaban key add sonnmt --name \"QGIS, land office\" --days 90\n  \
    diaban key list\n  \
    diaban key revoke 3"
)]
pub struct Key {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Make a key for an agency and show it, this once (cấp khóa)
    Add(Add),
    /// All keys, with when they were last used; never the keys themselves (danh sách khóa)
    List(List),
    /// Take a key back; servers refuse it within 5 seconds (thu hồi khóa)
    Revoke(Revoke),
}

#[derive(Debug, clap::Args)]
#[command(after_help = "The key alone goes to standard output, what is said of it to standard error.\n\n\
    Examples:\n  \
    diaban key add sonnmt --name \"QGIS, land office\"\n  \
    diaban key add soct --days 30 > soct.key\n  \
    diaban key add soct --json")]
struct Add {
    /// Code of the agency, as layers/shared/agencies.toml has it
    #[arg(value_name = "AGENCY")]
    agency: String,
    /// What the key is for
    #[arg(long, value_name = "TEXT", default_value = "")]
    name: String,
    /// Days until it is refused
    #[arg(long, value_name = "N", default_value_t = 365, value_parser = clap::value_parser!(u32).range(1..=3650))]
    days: u32,
    /// For scripts: the key and what is said of it
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    database: DatabaseSettings,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    diaban key list\n  \
    diaban key list --json")]
struct List {
    /// For scripts
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    database: DatabaseSettings,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    diaban key revoke 3")]
struct Revoke {
    /// Number of the key, as `diaban key list` tells it
    #[arg(value_name = "ID")]
    id: i64,
    /// For scripts
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    database: DatabaseSettings,
}

impl Key {
    /// Does it.
    pub async fn run(self, language: Language) -> Result<ExitCode> {
        let settings = match &self.what {
            What::Add(Add { database, .. }) | What::List(List { database, .. }) => database,
            What::Revoke(Revoke { database, .. }) => database,
        };
        let catalog = serve::catalog(settings)?;
        if let What::Add(add) = &self.what {
            add.check(&catalog)?;
        }
        let database = match &self.what {
            What::Add(_) => serve::open(settings, &catalog, language).await?,
            What::List(_) | What::Revoke(_) => serve::open_made(settings, &catalog, language).await?,
        };
        let done = match &self.what {
            What::Add(add) => add.run(&database, language).await,
            What::List(list) => list.run(&database, language).await,
            What::Revoke(revoke) => revoke.run(&database, language).await,
        };
        database.close().await;
        done.map(|()| ExitCode::SUCCESS)
    }
}

impl Add {
    fn check(&self, catalog: &Catalog) -> Result<()> {
        let agencies = &catalog.agencies().agencies;
        if !agencies.iter().any(|agency| agency.code == self.agency) {
            let known: Vec<&str> = agencies.iter().map(|agency| agency.code.as_str()).collect();
            let (asked, known) = (&self.agency, known.join(", "));
            return Err(refusal(
                format!("không có cơ quan `{asked}`. Các cơ quan hiện có: {known}"),
                format!("there is no agency `{asked}`. There are: {known}"),
            ));
        }
        if self.name.chars().count() > NAME_MAX || self.name.chars().any(char::is_control) {
            return Err(refusal(
                format!("--name: nhiều nhất {NAME_MAX} ký tự, không có ký tự điều khiển"),
                format!("--name: at most {NAME_MAX} characters, none of them a control character"),
            ));
        }
        Ok(())
    }

    async fn run(&self, database: &Database, language: Language) -> Result<()> {
        let key = ApiKey::random().because(|| {
            words(
                "hệ điều hành không cho số ngẫu nhiên, nên chưa tạo khóa nào",
                "the system gives no random numbers, and no key was made",
            )
        })?;
        let kept = database.add_api_key(&self.agency, &self.name, self.days, &key.hash()).await?;
        if self.json {
            let mut body = described(&kept);
            body["key"] = json!(key.text());
            told::line(format_args!("{body:#}"));
            return Ok(());
        }
        told::line(format_args!("{}", key.text()));
        let (KeptKey { id, agency, .. }, until) = (&kept, in_vietnam(kept.expires_at));
        let said = words(
            format!("khóa {id} của {agency}, đến {until}. Khóa chỉ hiện một lần này: hãy cất giữ"),
            format!(
                "khóa / key {id} của / of {agency}, đến / until {until}. Khóa chỉ hiện một lần này: hãy cất giữ / it is \
                 shown this once: keep it"
            ),
        );
        told::note(format_args!("diaban: {}", said.of(language)));
        Ok(())
    }
}

impl List {
    async fn run(&self, database: &Database, language: Language) -> Result<()> {
        let keys = database.api_keys().await?;
        if self.json {
            let list: Vec<Json> = keys.iter().map(described).collect();
            told::line(format_args!("{:#}", Json::Array(list)));
            return Ok(());
        }
        if keys.is_empty() {
            let said = words("Chưa có khóa nào", "Chưa có khóa nào / there is no key yet");
            told::line(format_args!("{}", said.of(language)));
        }
        for key in &keys {
            told::line(format_args!("{}", line(key).of(language)));
        }
        Ok(())
    }
}

impl Revoke {
    async fn run(&self, database: &Database, language: Language) -> Result<()> {
        let Some(key) = database.revoke_api_key(self.id).await? else {
            let id = self.id;
            return Err(refusal(
                format!("không có khóa {id}; `diaban key list` liệt kê các khóa"),
                format!("there is no key {id}; `diaban key list` lists them"),
            ));
        };
        match self.json {
            true => told::line(format_args!("{:#}", described(&key))),
            false => told::line(format_args!("{}", line(&key).of(language))),
        }
        Ok(())
    }
}

/// A key in a line.
fn line(key: &KeptKey) -> Words {
    let named = if key.name.is_empty() { String::new() } else { format!("  “{}”", key.name) };
    let (vi, en, at) = match (key.state(OffsetDateTime::now_utc()), key.revoked_at) {
        (KeyState::Revoked, Some(at)) => ("đã thu hồi", "đã thu hồi / revoked", at),
        (KeyState::Expired, _) => ("hết hạn", "hết hạn / expired", key.expires_at),
        _ => ("đến", "đến / until", key.expires_at),
    };
    let state = Words::same(format!(" {}  ", in_vietnam(at))).led_by(vi, en);
    let used = match key.last_used_at {
        Some(at) => {
            let at = in_vietnam(at);
            words(format!("dùng lần cuối {at}"), format!("dùng lần cuối / last used {at}"))
        }
        None => words("chưa dùng", "chưa dùng / never used"),
    };
    Words::joined(&[state, used], "").behind(&format!("{}  {}{named}  ", key.id, key.agency))
}

fn described(key: &KeptKey) -> Json {
    let moment = |at: OffsetDateTime| at.format(&Rfc3339).ok();
    json!({
        "id": key.id,
        "agency": key.agency,
        "name": key.name,
        "state": key.state(OffsetDateTime::now_utc()).as_str(),
        "created_at": moment(key.created_at),
        "expires_at": moment(key.expires_at),
        "revoked_at": key.revoked_at.and_then(moment),
        "last_used_at": key.last_used_at.and_then(moment),
    })
}
