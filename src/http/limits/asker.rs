//! For whose account a request is: an agency's program or a person where he says who he is, else the network that he
//! asks from.
//!
//! An address is believed where it was seen: the peer of the connection. Only of a proxy that the operator knows
//! (this machine, and those of `--proxies`) it is taken what it says in `X-Forwarded-For`, from its end on, which is
//! the part that proxies write; what stands before may be the client's invention. Of IPv6 the first 64 bits count,
//! because whoever has one address has all behind them. Of people behind a proxy that says nothing it is known that
//! nobody can tell them apart.
//!
//! Must not know what is asked.

use crate::layer::Caller;
use axum::{
    extract::ConnectInfo,
    http::{Extensions, HeaderMap, HeaderName},
};
use std::{
    hash::{BuildHasher, RandomState},
    net::{IpAddr, Ipv6Addr, SocketAddr},
    str::FromStr,
    sync::LazyLock,
};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// Bits of an IPv6 address that a client does not choose itself.
const SITE_BITS: u32 = 64;
/// Nobody can choose an address that shares another's number.
static SECRET: LazyLock<RandomState> = LazyLock::new(RandomState::new);

/// Whose account it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Asker {
    /// One of those who cannot be told apart.
    Unknown,
    /// The one whom this number stands for.
    Known(u64),
}

impl Asker {
    /// Of a request: who asks, if that is known, and where from.
    pub fn of(extensions: &Extensions, headers: &HeaderMap, proxies: &[Network]) -> Self {
        if let Some(caller) = extensions.get::<Caller>().filter(|caller| caller.agency_code().is_some()) {
            return Self::Known(SECRET.hash_one(("caller", caller.agency_code(), caller.who())));
        }
        let peer = extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
        let address = peer.and_then(|peer| address(peer, headers, proxies));
        address.map_or(Self::Unknown, |address| Self::Known(SECRET.hash_one(("site", site_of(address)))))
    }
}

/// The address of whoever asks; `None` where a proxy does not say.
fn address(peer: IpAddr, headers: &HeaderMap, proxies: &[Network]) -> Option<IpAddr> {
    let is_ours =
        |address: &IpAddr| address.is_loopback() || proxies.iter().any(|network| network.holds(*address));
    let peer = peer.to_canonical();
    if !is_ours(&peer) {
        return Some(peer);
    }
    let lines = headers.get_all(&X_FORWARDED_FOR).iter().rev();
    let hops = lines.flat_map(|line| line.to_str().unwrap_or_default().rsplit(','));
    for hop in hops {
        let hop = hop_address(hop.trim())?;
        if !is_ours(&hop) {
            return Some(hop);
        }
    }
    None
}

/// An address as proxies write it, with or without a port.
fn hop_address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.split(']').next()).unwrap_or(text);
    let plain =
        IpAddr::from_str(bare).or_else(|_| SocketAddr::from_str(text).map(|with_port| with_port.ip()));
    plain.ok().map(|address| address.to_canonical())
}

/// The part of an address that a client does not choose itself.
fn site_of(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> SITE_BITS << SITE_BITS).into(),
    }
}

/// An address, or all that begin alike: `10.1.2.3`, `172.18.0.0/16`, `fd00::/8`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u32,
}

impl Network {
    /// Whether an address is in it.
    pub fn holds(self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                (own.to_bits() ^ other.to_bits()).leading_zeros() >= self.bits
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                (own.to_bits() ^ other.to_bits()).leading_zeros() >= self.bits
            }
            _ => false,
        }
    }
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (address, bits) =
            text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let wrong =
            || format!("`{text}` is no address and no network; one is written 10.1.2.3 or 172.18.0.0/16");
        let address = IpAddr::from_str(address.trim()).map_err(|_| wrong())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(most), |bits| bits.parse().map_err(|_| wrong()))?;
        if bits > most { Err(wrong()) } else { Ok(Self { address, bits }) }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;
    use crate::layer::{AccessClass, Grants};
    use axum::http::HeaderValue;

    fn asked(peer: &str, forwarded: &[&str], proxies: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append(X_FORWARDED_FOR, HeaderValue::from_str(line).unwrap());
        }
        let proxies: Vec<Network> = proxies.iter().map(|text| text.parse().unwrap()).collect();
        address(peer.parse().unwrap(), &headers, &proxies).map(|address| site_of(address).to_string())
    }

    #[test]
    fn people_of_two_agencies_who_are_called_alike_are_two() {
        let grants = Grants::default();
        let of = |agency: &str| {
            let mut extensions = Extensions::new();
            let caller = Caller::agency(AccessClass::Open, grants.of(agency));
            extensions.insert(caller.named("person an".into()));
            Asker::of(&extensions, &HeaderMap::new(), &[])
        };
        assert_ne!(of("sonnmt"), of("soxd"));
        assert_eq!(of("sonnmt"), of("sonnmt"));
    }

    #[test]
    fn a_stranger_cannot_give_himself_another_address() {
        assert_eq!(asked("203.0.113.9", &["198.51.100.1"], &[]).as_deref(), Some("203.0.113.9"));
        assert_eq!(asked("10.0.0.5", &["198.51.100.1"], &[]).as_deref(), Some("10.0.0.5"));
        // Through a proxy: what it wrote itself stands last.
        let through = |forwarded: &[&str]| asked("127.0.0.1", forwarded, &[]);
        assert_eq!(through(&["6.6.6.6, 203.0.113.9"]).as_deref(), Some("203.0.113.9"));
        assert_eq!(through(&["6.6.6.6", "203.0.113.9"]).as_deref(), Some("203.0.113.9"));
        assert_eq!(through(&["nonsense, 203.0.113.9:4711"]).as_deref(), Some("203.0.113.9"));
    }

    #[test]
    fn known_proxies_are_passed_over_and_others_are_not() {
        let chain = ["198.51.100.7, 203.0.113.9, 172.18.0.4"];
        assert_eq!(asked("127.0.0.1", &chain, &["172.18.0.0/16"]).as_deref(), Some("203.0.113.9"));
        assert_eq!(asked("172.18.0.2", &chain, &["172.18.0.0/16"]).as_deref(), Some("203.0.113.9"));
        assert_eq!(asked("127.0.0.1", &chain, &[]).as_deref(), Some("172.18.0.4"));
        assert_eq!(asked("172.19.0.2", &chain, &["172.18.0.0/16"]).as_deref(), Some("172.19.0.2"));
    }

    #[test]
    fn behind_a_proxy_that_says_nothing_nobody_is_told_apart() {
        assert_eq!(asked("127.0.0.1", &[], &[]), None);
        assert_eq!(asked("::1", &["unknown"], &[]), None);
        assert_eq!(asked("172.18.0.2", &["127.0.0.1"], &["172.18.0.2"]), None);
    }

    #[test]
    fn who_has_one_ipv6_address_has_all_of_his_network() {
        let one = asked("2001:db8:1:2:aaaa::1", &[], &[]);
        assert_eq!(one.as_deref(), Some("2001:db8:1:2::"));
        assert_eq!(asked("127.0.0.1", &["[2001:db8:1:2:bbbb::9]:443"], &[]), one);
        assert_ne!(asked("2001:db8:1:3::1", &[], &[]), one);
        assert_eq!(asked("::ffff:203.0.113.9", &[], &[]).as_deref(), Some("203.0.113.9"));
    }

    #[test]
    fn a_network_that_is_none_is_refused_with_what_one_looks_like() {
        for text in ["", "10.0.0", "10.0.0.0/33", "fd00::/129", "10.0.0.0/x", "example.vn"] {
            assert!(text.parse::<Network>().unwrap_err().contains("172.18.0.0/16"), "{text}");
        }
        let all: Network = "0.0.0.0/0".parse().unwrap();
        assert!(all.holds("9.9.9.9".parse().unwrap()) && !all.holds("::1".parse().unwrap()));
    }
}
