//! Quality as answers tell of it: the newest check of a layer, and how the words went over those before.

use super::{
    measure::{Word, title},
    outcome::{both, passes, words},
};
use crate::{layer::LayerView, store::QualityRun};
use serde_json::{Value as Json, json};
use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

/// A layer and its checks, the newest first. Without any, all is unknown and the answer says so.
pub fn told(view: &LayerView, runs: &[QualityRun]) -> Json {
    let layer = view.layer();
    let mut answer = json!({
        "layer": view.id(),
        "title": both(&layer.title),
        "agency": layer.agency,
        "cycle_days": layer.quality.cycle_days,
        "checked_at": null,
        "passes": null,
        "trend": runs.iter().map(trend).collect::<Vec<_>>(),
    });
    match runs.first() {
        Some(run) => {
            answer["checked_at"] = json!(moment(run.checked_at));
            for member in ["count", "measures"] {
                answer[member] = run.result[member].clone();
            }
            let words = words_of(run);
            answer["passes"] = json!(passes(&words));
            answer["words"] = json!(words);
        }
        None => {
            let unknown =
                |word: Word| json!({ "word": word.as_str(), "title": both(&word.title()), "score": null });
            answer["words"] = json!(Word::ALL.map(unknown));
            answer["measures"] = json!([]);
            answer["withheld"] = json!(view.communes().is_some());
            answer["notes"] = json!([match view.communes() {
                None => both(&title(
                    "Lớp chưa được kiểm tra nên chưa biết chất lượng; lệnh `diaban check` kiểm tra.",
                    "The layer has not been checked, so its quality is unknown; `diaban check` does it.",
                )),
                Some(_) => both(&title(
                    "Điểm chất lượng tính trên mọi xã của lớp, nên chỉ cho người được xem mọi xã; hãy hỏi cơ quan phụ trách lớp.",
                    "Quality is counted over all communes of the layer, and told to those who see all of them; ask the \
                     agency in charge.",
                )),
            }]);
        }
    }
    answer
}

/// The words of a check, by its measures: those that an older program kept had scores in spite of what was unknown.
pub fn words_of(run: &QualityRun) -> Vec<Json> {
    words(run.result["measures"].as_array().map_or(&[], Vec::as_slice))
}

fn trend(run: &QualityRun) -> Json {
    let words = words_of(run);
    let mut point = json!({ "checked_at": moment(run.checked_at), "passes": passes(&words) });
    let mut at_most = json!({});
    for word in &words {
        if let Some(name) = word["word"].as_str() {
            point[name] = word["score"].clone();
            at_most[name] = word["at_most"].clone();
        }
    }
    // Above what the words without a score cannot be.
    point["at_most"] = at_most;
    point
}

/// A moment in Vietnam, RFC 3339.
fn moment(moment: OffsetDateTime) -> String {
    let offset = UtcOffset::from_hms(7, 0, 0).unwrap_or(UtcOffset::UTC);
    let moment = moment.replace_nanosecond(0).unwrap_or(moment);
    moment.checked_to_offset(offset).unwrap_or(moment).format(&Rfc3339).unwrap_or_default()
}
