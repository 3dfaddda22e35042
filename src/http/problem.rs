//! Every error as a status and a problem document (RFC 9457). The only place that decides a
//! status for an error. What is internal is logged with the id that the answer carries.

use super::{editing, request_id, tokens::Refused};
use crate::{
    area::{DrawError, SpecError},
    drawing::{AreaFileError, DrawingError},
    feature::FeatureId,
    format::FormatError,
    query::{filter::FilterError, statistics::Unanswered},
    store::{
        StoreError,
        areas::AreaError,
        delivery::TurnedAway,
        edit::{EditError, EditFinding},
    },
};
use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

/// An answer that says what went wrong.
#[derive(Debug, Clone)]
pub struct Problem {
    status: StatusCode,
    detail: String,
    /// The same in Vietnamese, where it is for whoever sent a file rather than for his program.
    detail_vi: Option<String>,
    retry_after_s: Option<u32>,
    /// How to say who asks (RFC 6750, 3).
    challenge: Option<&'static str>,
    /// What was found of what was sent, one by one.
    findings: Vec<serde_json::Value>,
}

impl Problem {
    /// 400: the request says something that cannot be. `detail` names the parameter and what is
    /// allowed.
    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    /// 401: the request carries a key or a token that is not taken. `detail` helps nobody but who has it.
    pub fn unauthorized(detail: impl Into<String>) -> Self {
        let challenge = Some("Bearer realm=\"diaban\", error=\"invalid_token\"");
        Self { challenge, ..Self::new(StatusCode::UNAUTHORIZED, detail) }
    }

    /// 403: the caller may know of it, and is not let in.
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, detail)
    }

    /// 404: there is no such thing for this caller.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, detail)
    }

    /// 404 for a layer.
    pub fn no_layer(id: &str) -> Self {
        Self::not_found(format!("there is no layer {}; /collections lists them", shown(id)))
    }

    /// 408: the body of the request did not come in time.
    pub fn sent_too_slowly() -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, "the body of the request came too slowly, or not at all")
    }

    /// 409: something else has to be done first; `detail` says what.
    pub fn conflict(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, detail)
    }

    /// What it says.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// 412: what is there is no longer what the client read.
    pub fn precondition_failed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::PRECONDITION_FAILED, detail)
    }

    /// 428: the request has to say for which version it is (RFC 6585, 3).
    pub fn precondition_required(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::PRECONDITION_REQUIRED, detail)
    }

    /// 413: more than is read, or answered at once. `detail` says how much that is, and the way round.
    pub fn too_large(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, detail)
    }

    /// 422: the request is clear, and its answer is more than can be given. `detail` names the
    /// limit and the way round.
    pub fn unprocessable(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
    }

    /// 415.
    pub fn unsupported_media_type(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail)
    }

    /// 405.
    pub fn method_not_allowed() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "this address does not answer this method; the header Allow says which it does",
        )
    }

    /// 503: too much to do at once; the same request may succeed in a moment.
    pub fn busy() -> Self {
        let detail = "the server has too much to do just now; try again in a moment";
        Self { retry_after_s: Some(2), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, detail) }
    }

    /// 429: more than one caller may ask for at once, or in a time. `detail` says how much that is.
    pub fn too_many(detail: impl Into<String>, retry_after_s: u32) -> Self {
        Self { retry_after_s: Some(retry_after_s), ..Self::new(StatusCode::TOO_MANY_REQUESTS, detail) }
    }

    /// 503: an answer that took longer than it may.
    pub fn too_slow(seconds: u64) -> Self {
        Self::not_ready(format!("the answer takes more than {seconds} s; ask for less, or try again later"))
    }

    /// 503: not ready to serve, with the reason in words for the one who runs it.
    pub fn not_ready(detail: impl Into<String>) -> Self {
        Self { retry_after_s: Some(2), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, detail) }
    }

    /// 503: who asks for what must be on record, and cannot be put there.
    pub fn unrecorded() -> Self {
        Self::not_ready(
            "this server must keep a record of who is given data that are not open, and cannot write it just now; \
             data that are open go on",
        )
    }

    /// 503: who changes what must be on record, and cannot be put there.
    pub fn unrecorded_change() -> Self {
        Self::not_ready(
            "this server must keep a record of who changes what, and cannot write it just now; nothing was changed",
        )
    }

    /// 503: the database went while a change was to be kept. No time is said after which to send it again: it may be
    /// there already.
    fn unsettled_change(reason: &str) -> Self {
        tracing::error!(reason, "it is not known whether an edit was kept");
        let vi = "mất kết nối khi cơ sở dữ liệu đang ghi nhận thay đổi; chưa rõ đã ghi nhận hay chưa: hãy xem lại đối \
                  tượng trước khi gửi lại";
        let en = "the connection to the database was lost while it was told to keep the change; it is not known \
                  whether it was kept: look at the feature before you send it again";
        Self { detail_vi: Some(vi.to_owned()), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, en) }
    }

    /// 503: a change that has not ended in the time of its answer. No time is said after which to send it again, as above.
    pub fn change_goes_on() -> Self {
        tracing::error!("an edit goes on beyond the time of its answer");
        let vi = "thay đổi chưa xong trong thời gian cho phép; chưa rõ sẽ được ghi nhận hay không: hãy xem lại đối tượng \
                  trước khi gửi lại";
        let en = "the change was not done in the time of an answer; it is not known whether it is kept: look at the \
                  feature before you send it again";
        Self { detail_vi: Some(vi.to_owned()), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, en) }
    }

    /// 500: a defect. `internal` is logged, not sent.
    pub fn internal(internal: impl std::fmt::Display) -> Self {
        let id = request_id::current();
        tracing::error!(id = &*id, "{internal}");
        let detail = format!("the server made a mistake; its log has the reason under {id}");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, detail)
    }

    /// Why a feature was not changed.
    pub fn of_edit(error: EditError, layer: &str, id: Option<FeatureId>) -> Self {
        match error {
            EditError::NoFeature => {
                let id = shown(&id.map(|id| id.to_string()).unwrap_or_default());
                Self::not_found(format!("the layer `{layer}` has no feature {id}"))
            }
            EditError::Changed => Self::precondition_failed(format!(
                "{error}, so nothing was done: read it again, and change what it is now"
            )),
            EditError::Refused(ref findings) => Self {
                findings: findings.iter().map(editing::finding).collect(),
                ..Self::unprocessable(format!("{error}: {}", told(findings)))
            },
            EditError::Beyond(reason) => Self::forbidden(reason),
            EditError::Busy(reason) => {
                tracing::info!(reason, "an edit has to wait");
                Self::not_ready(
                    "somebody else has the layer, or this feature, just now; try again in a moment",
                )
            }
            EditError::Unavailable(reason) => StoreError::Unavailable(reason).into(),
            EditError::Unsettled(reason) => Self::unsettled_change(&reason),
            EditError::Unrecorded => Self::unrecorded_change(),
            EditError::Internal(reason) => Self::internal(reason),
        }
    }

    /// The same, said of one of several layers.
    pub fn of_layer(self, id: &str) -> Self {
        Self { detail: format!("the layer `{id}`: {}", self.detail), ..self }
    }

    fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        let (detail, findings) = (detail.into(), Vec::new());
        Self { status, detail, detail_vi: None, retry_after_s: None, challenge: None, findings }
    }
}

/// What keeps a feature out of its layer, in words.
fn told(findings: &[EditFinding]) -> String {
    let errors = findings.iter().filter(|found| found.severity == "error");
    let told = errors.map(|found| match &found.attribute {
        Some(attribute) => format!("{attribute}: {}", found.reason[1]),
        None => found.reason[1].clone(),
    });
    told.collect::<Vec<_>>().join("; ")
}

/// What a client wrote, between backticks, so that it can find its mistake; not all of it where
/// it is long.
pub fn shown(text: &str) -> String {
    const LONG: usize = 60;
    match text.char_indices().nth(LONG) {
        Some((end, _)) => format!("`{}...`", &text[..end]),
        None => format!("`{text}`"),
    }
}

impl From<FilterError> for Problem {
    fn from(error: FilterError) -> Self {
        let detail = format!("filter: {error}");
        match error {
            FilterError::TooLong { .. } | FilterError::TooMuch { .. } => Self::too_large(detail),
            FilterError::Wrong { .. } | FilterError::NoProperty { .. } => Self::bad_request(detail),
        }
    }
}

impl From<Refused> for Problem {
    fn from(reason: Refused) -> Self {
        match reason {
            Refused::NoKeys => Self { retry_after_s: Some(5), ..Self::not_ready(reason.to_string()) },
            _ => Self::unauthorized(reason.to_string()),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(reason) => {
                tracing::warn!("{reason}");
                Self::not_ready("the database is away; try again in a moment")
            }
            StoreError::Busy => {
                Self::not_ready("the database has too much to do just now; try again in a moment")
            }
            StoreError::NoSnapshot { .. } => Self::not_ready(error.to_string()),
            StoreError::Lost(reason) => {
                tracing::error!("{reason}");
                Self::not_ready("the layer's files were damaged a moment ago; try again")
            }
            StoreError::Timeout => {
                Self::not_ready("the database took too long; ask for less, or try again later")
            }
            StoreError::TooSlow => Self::unprocessable(
                "the filter takes too long over so many features; ask for less of it, or for a tile of a higher zoom",
            ),
            StoreError::Unanswered(Unanswered::Stopped) => Self::unprocessable(
                "the area holds too much to be counted within the time limit; ask for its parts, or for fewer groups",
            ),
            StoreError::Unanswered(reason) => Self::unprocessable(reason.to_string()),
            StoreError::Internal(reason) => Self::internal(reason),
        }
    }
}

impl From<SpecError> for Problem {
    fn from(error: SpecError) -> Self {
        let detail = format!("area: {error}");
        match error {
            SpecError::TooManyPositions { .. } => Self::too_large(detail),
            SpecError::Form(_) | SpecError::Wrong { .. } => Self::bad_request(detail),
        }
    }
}

impl From<AreaError> for Problem {
    fn from(error: AreaError) -> Self {
        match error {
            AreaError::Store(error) => error.into(),
            AreaError::Busy => Self::busy(),
            AreaError::Draw(DrawError::TooManyPositions(_)) => Self::too_large(format!("area: {error}")),
            other => Self::bad_request(format!("area: {other}")),
        }
    }
}

impl From<DrawingError> for Problem {
    fn from(error: DrawingError) -> Self {
        match error {
            DrawingError::Disk(error) => {
                tracing::error!("{error}");
                Self::not_ready("the server has no room for the file just now")
            }
            DrawingError::File(AreaFileError::TooSlow) => Self::unprocessable(error.to_string()),
            DrawingError::Unpacked | DrawingError::File(AreaFileError::TooMuch) => {
                Self::too_large(error.to_string())
            }
            other => Self::bad_request(other.to_string()),
        }
    }
}

impl From<TurnedAway> for Problem {
    fn from(TurnedAway { is_too_large, reason: [vi, en] }: TurnedAway) -> Self {
        let problem = if is_too_large { Self::too_large(en) } else { Self::bad_request(en) };
        Self { detail_vi: Some(vi), ..problem }
    }
}

impl From<FormatError> for Problem {
    fn from(error: FormatError) -> Self {
        let way_round = "ask for part of it by bbox or attributes, or in another form";
        match error {
            FormatError::TooManyRows { .. } | FormatError::TooLarge { .. } => {
                Self::too_large(format!("{error}; {way_round}"))
            }
            FormatError::DiskFull => {
                tracing::error!("{error}");
                Self::not_ready(
                    "the server has no room for the file just now; f=geojson, csv and fgb need none",
                )
            }
            FormatError::Value(_) => Self::internal(error),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut body = serde_json::json!({
            "type": "about:blank",
            "title": self.status.canonical_reason().unwrap_or("Error"),
            "status": self.status.as_u16(),
            "detail": self.detail,
        });
        if let Some(detail) = self.detail_vi {
            body["detail_vi"] = detail.into();
        }
        if !self.findings.is_empty() {
            body["findings"] = self.findings.into();
        }
        let mut response = (self.status, Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(challenge) = self.challenge {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        response
    }
}
