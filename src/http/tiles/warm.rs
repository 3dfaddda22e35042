//! Tiles that have been made already are answered before anything else: a look-up and a write.
//!
//! Whatever is not plainly such a tile goes on to the routes. The answer is the same.

use super::{Encoding, Form, Sent, answer, count_bytes, key};
use crate::{
    http::{Site, as_of::DataAsOf, callers::LastCaller, traced::is_traced},
    metrics::Answer,
    store::FeatureStore,
    tile::TileCoord,
};
use axum::{
    Router,
    extract::{ConnectInfo, Request},
    http::{HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use prometheus_client::metrics::counter::Counter;
use std::{
    convert::Infallible,
    future::{Future, Ready, ready},
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};
use tower::Service;

/// The routes, with the short way before them.
pub struct WarmTiles<S> {
    site: Arc<Site<S>>,
    routes: Router,
    answered: [(StatusCode, Counter); 3],
    /// The other end of the connection, for the routes.
    peer: Option<SocketAddr>,
    /// Who asked last over it.
    last: Arc<LastCaller>,
}

impl<S> Clone for WarmTiles<S> {
    fn clone(&self) -> Self {
        Self {
            site: self.site.clone(),
            routes: self.routes.clone(),
            answered: self.answered.clone(),
            peer: self.peer,
            last: self.last.clone(),
        }
    }
}

impl<S: FeatureStore> WarmTiles<S> {
    /// Before `routes`, over the same site.
    pub fn new(site: Arc<Site<S>>, routes: Router) -> Self {
        let counted = |status: StatusCode| {
            let route = "/tiles/{layers}/{z}/{x}/{y}".to_owned();
            let answer = Answer { route, status: status.as_u16() };
            (status, site.metrics.requests.get_or_create(&answer).clone())
        };
        let answered = [StatusCode::OK, StatusCode::NO_CONTENT, StatusCode::NOT_MODIFIED].map(counted);
        Self { site, routes, answered, peer: None, last: Arc::default() }
    }

    /// The same, as it is asked over a connection from an address.
    pub fn asked_from(&self, peer: SocketAddr) -> Self {
        Self { peer: Some(peer), last: Arc::default(), ..self.clone() }
    }

    /// The tile, if it is there already.
    fn warm(&self, request: &Request) -> Option<Response> {
        if request.method() != Method::GET || request.uri().query().is_some() {
            return None;
        }
        let mut parts = request.uri().path().strip_prefix("/tiles/")?.split('/');
        let (layers, z, x, y) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() {
            return None;
        }
        let coord = TileCoord::new(number(z)?.try_into().ok()?, number(x)?, number(y)?)?;
        let headers = request.headers();
        let caller = self.site.callers.at_once_after(&self.last, headers)?;
        let tileset = self.site.tilesets.remembered(caller.sight(), layers)?;
        let sent = Sent { form: Form::of(headers), encoding: Encoding::of(headers) };
        let version = self.site.version(&tileset, coord)?;
        let tile = self.site.cache.get(&key(&tileset, coord, sent), version)?;
        // What cannot be put on record, the routes refuse.
        if self.site.count_tile(&caller, &tileset).is_err() {
            return None;
        }
        let as_of = DataAsOf::of(&self.site, &tileset.views);
        let mut response = (as_of, answer(&tile, &tileset, sent, headers)).into_response();
        if let Some((_, counter)) = self.answered.iter().find(|(status, _)| *status == response.status()) {
            counter.inc();
        }
        count_bytes(&self.site, &response, &tile);
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("*"));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if caller.agency_code().is_some() {
            headers.insert(header::CACHE_CONTROL, tileset.private_cache_control.clone());
        }
        Some(response)
    }
}

/// A number as it is written without frills; anything else is for the routes to judge.
fn number(text: &str) -> Option<u32> {
    let plain = !text.is_empty() && text.len() < 10 && text.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

impl<S: FeatureStore> Service<Request> for WarmTiles<S> {
    type Response = Response;
    type Error = Infallible;
    type Future = Answering;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Service::<Request>::poll_ready(&mut self.routes, context)
    }

    fn call(&mut self, mut request: Request) -> Answering {
        let at_once = if is_traced(&self.site, &mut request) { None } else { self.warm(&request) };
        match at_once {
            Some(response) => Answering::Warm(ready(Ok(response))),
            None => {
                if let Some(peer) = self.peer {
                    request.extensions_mut().insert(ConnectInfo(peer));
                }
                Answering::Routes(Box::pin(self.routes.call(request)))
            }
        }
    }
}

/// An answer under way.
pub enum Answering {
    /// It is there.
    Warm(Ready<Result<Response, Infallible>>),
    /// The routes find it.
    Routes(Pin<Box<<Router as Service<Request>>::Future>>),
}

impl Future for Answering {
    type Output = Result<Response, Infallible>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.get_mut() {
            Self::Warm(answer) => Pin::new(answer).poll(context),
            Self::Routes(answer) => answer.as_mut().poll(context),
        }
    }
}
