//! Who is let in: the file of grants, keys, and providers of identity.

use super::{Check, KeysOf, record::listed};
use crate::{
    import::{Words, words},
    layer::{Catalog, GrantTerms, provider::Provider},
    store::{
        api_key::{KeptKey, KeyState},
        postgis::{in_vietnam, look::Look},
    },
};
use std::{collections::BTreeSet, fs, os::unix::fs::MetadataExt, path::Path};
use time::{Date, Duration, OffsetDateTime};

/// What ends within so long is told.
const SOON: Duration = Duration::days(30);
/// Write for the group and for all.
const WRITABLE_BY_OTHERS: u32 = 0o022;

/// Looks at the file of grants, and asks the providers that it names for their keys.
pub async fn grants(
    path: &Path,
    layers: &Catalog,
    keys_of: KeysOf,
    tell: &mut impl FnMut(Check),
) -> Option<GrantTerms> {
    let (name, title) = ("grants", words("tệp quyền", "file of grants"));
    let terms = match GrantTerms::read(path, layers) {
        Ok(terms) => terms,
        Err(errors) => {
            let next = words(
                "Sửa các dòng đó. Máy chủ đang chạy giữ quyền trước đó; máy chủ khởi động lại thì không chạy được.",
                "Correct these lines. A server that runs keeps the grants before; one that starts anew will not.",
            );
            tell(Check::wrong(name, title, Words::same(errors.to_string()), next));
            return None;
        }
    };
    tell(match fs::metadata(path) {
        Ok(file) if file.mode() & WRITABLE_BY_OTHERS != 0 => {
            let found = words(
                format!("{}: người dùng khác ghi được", path.display()),
                format!("{}: other users may write it", path.display()),
            );
            let run = format!("chmod go-w {}", path.display());
            let next = words(
                format!("Ai ghi được tệp này thì tự cho mình vào: {run}"),
                format!("Who can write it lets himself in: {run}"),
            );
            Check::wrong(name, title, found, next)
        }
        _ => terms_of(&terms, path),
    });
    for provider in &terms.providers {
        tell(asked(provider.clone(), keys_of).await);
    }
    Some(terms)
}

fn terms_of(terms: &GrantTerms, path: &Path) -> Check {
    let (name, title) = ("grants", words("tệp quyền", "file of grants"));
    let told =
        |line: usize, agency: &str, until: Date| format!("{agency} {until} ({}:{line})", file_name(path));
    let ending = |ended: bool| -> Vec<String> {
        let of = terms.grants.iter().filter_map(|grant| Some((grant, grant.until?)));
        let of = of.filter(|(_, until)| (*until < terms.today) == ended && *until <= terms.today + SOON);
        of.map(|(grant, until)| told(grant.line, &grant.agency, until)).collect()
    };
    let (ended, soon) = (ending(true), ending(false));
    let count = terms.grants.len();
    let mut found = words(format!("{count} quyền"), format!("{count} grants"));
    if !ended.is_empty() {
        let all = listed(&ended);
        found.add(&words(format!("; đã hết: {all}"), format!("; ended: {all}")));
    }
    if !soon.is_empty() {
        let all = listed(&soon);
        found.add(&words(
            format!("; hết trong 30 ngày tới: {all}"),
            format!("; ending within 30 days: {all}"),
        ));
    }
    if ended.is_empty() && soon.is_empty() {
        return Check::ok(name, title, found);
    }
    let next = words(
        "Hỏi cơ quan còn cần không: gia hạn bằng `until`, hoặc xóa mục đó.",
        "Ask the agency whether it is still needed: put `until` off, or take the grant out.",
    );
    Check::look(name, title, found, next)
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The keys of a provider, asked for as a server does.
async fn asked(provider: Provider, keys_of: KeysOf) -> Check {
    let (name, title) = ("provider", words("nhà cung cấp danh tính", "provider of identity"));
    let issuer = provider.issuer.clone();
    let listed_there: Vec<_> = provider.algorithms.clone();
    let served = tokio::task::spawn_blocking(move || keys_of(&provider)).await;
    let served = served.unwrap_or_else(|error| Err(error.to_string()));
    let names = |algorithms: &[_]| algorithms.iter().map(|a| format!("{a:?}")).collect::<Vec<_>>().join(", ");
    match served {
        Ok(served) if served.is_empty() => {
            let wanted = names(&listed_there);
            let found = words(
                format!("{issuer}: không có khóa nào dùng được cho {wanted}"),
                format!("{issuer}: none of its keys is for {wanted}"),
            );
            let next = words(
                "Hỏi nhà cung cấp ký bằng thuật toán nào, và sửa `algorithms` trong tệp quyền.",
                "Ask the provider how it signs, and correct `algorithms` in the file of grants.",
            );
            Check::wrong(name, title, found, next)
        }
        Ok(served) => {
            let served = names(&served);
            Check::ok(
                name,
                title,
                words(format!("{issuer}: có khóa cho {served}"), format!("{issuer}: has keys for {served}")),
            )
        }
        Err(reason) => {
            let found = words(
                format!("{issuer}: không lấy được khóa: {reason}"),
                format!("{issuer}: its keys cannot be had: {reason}"),
            );
            let next = words(
                "Người dùng token không vào được khi máy chủ chưa có khóa. Xem địa chỉ, tường lửa, chứng chỉ, hoặc quyền đọc tệp \
                 `jwks`.",
                "Nobody with a token gets in at a server that has no keys yet. See address, firewall and certificate, or whether \
                 the file `jwks` may be read.",
            );
            Check::wrong(name, title, found, next)
        }
    }
}

/// Looks at the keys that are kept, beside the grants where there are any.
pub async fn keys(look: &Look, terms: Option<&GrantTerms>, tell: &mut impl FnMut(Check)) {
    // Before the first start there is no table of them, which the schema's line tells.
    let Ok(keys) = look.api_keys().await else { return };
    let now = OffsetDateTime::now_utc();
    let good: Vec<&KeptKey> = keys.iter().filter(|key| key.state(now) == KeyState::Good).collect();
    if good.is_empty() && terms.is_none_or(|terms| terms.grants.is_empty()) {
        return;
    }
    tell(keys_beside(&good, terms, now));
}

fn keys_beside(good: &[&KeptKey], terms: Option<&GrantTerms>, now: OffsetDateTime) -> Check {
    let (name, title) = ("api_keys", words("khóa truy cập", "API keys"));
    let soon = good.iter().filter(|key| key.expires_at <= now + SOON);
    let soon: Vec<String> =
        soon.map(|key| format!("{} {} {}", key.id, key.agency, in_vietnam(key.expires_at))).collect();
    let is_granted = |agency: &str| terms.is_some_and(|terms| terms.reaches(agency));
    let idle = good.iter().filter(|key| !is_granted(&key.agency));
    let idle: Vec<String> = idle.map(|key| format!("{} {}", key.id, key.agency)).collect();
    let granted: BTreeSet<&str> =
        terms.iter().flat_map(|terms| &terms.grants).map(|grant| grant.agency.as_str()).collect();
    let has_way_in = |agency: &str| {
        good.iter().any(|key| key.agency == agency) || terms.is_some_and(|terms| terms.is_spoken_for(agency))
    };
    let keyless: Vec<String> = granted
        .into_iter()
        .filter(|agency| is_granted(agency) && !has_way_in(agency))
        .map(str::to_owned)
        .collect();
    let count = good.len();
    let mut found = words(format!("{count} khóa dùng được"), format!("{count} that are good"));
    let mut next = Words::same(String::new());
    let mut note = |some: &[String], what: Words, todo: Words| {
        if !some.is_empty() {
            let all = listed(some);
            found.add(&words(format!("; {}: {all}", what.vi), format!("; {}: {all}", what.en)));
            let gap = if next.en.is_empty() { "" } else { " " };
            next.add(&words(format!("{gap}{}", todo.vi), format!("{gap}{}", todo.en)));
        }
    };
    note(
        &soon,
        words("hết hạn trong 30 ngày tới", "expiring within 30 days"),
        words(
            "Cấp khóa mới trước ngày đó: diaban key add CƠ_QUAN.",
            "Give out a new one before: diaban key add AGENCY.",
        ),
    );
    note(
        &idle,
        words("có khóa mà không có quyền nào", "a key without a grant"),
        words(
            "Khóa không có quyền chỉ thấy như mọi người: thêm quyền (--grants, DIABAN_GRANTS), hoặc thu hồi: diaban key revoke SỐ.",
            "A key without a grant shows what anyone sees: add a grant (--grants, DIABAN_GRANTS), or take it back: diaban key \
             revoke NUMBER.",
        ),
    );
    note(
        &keyless,
        words("có quyền mà không có khóa, cũng không có nhà cung cấp", "a grant without a key or a provider"),
        words(
            "Cấp khóa (diaban key add CƠ_QUAN), hoặc xóa quyền không ai dùng.",
            "Give out a key (diaban key add AGENCY), or take out the grant that nobody uses.",
        ),
    );
    if next.en.is_empty() { Check::ok(name, title, found) } else { Check::look(name, title, found, next) }
}
