//! Which addresses are on the public internet. After the IANA special-purpose registries (RFC 6890 and its updates).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether the address is an ordinary one of the public internet. What only stands for an IPv4 address (mapped, NAT64)
/// is judged by that address.
pub(super) fn is_public(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

#[expect(clippy::match_same_arms, reason = "one arm for each entry of the registry, with its reason")]
fn is_public_v4(ip: Ipv4Addr) -> bool {
    let special = match ip.octets() {
        // "This network", private, loopback.
        [0 | 10 | 127, ..] => true,
        // Shared between a carrier and its customers; cloud metadata lives here too (100.100.100.200).
        [100, 64..=127, ..] => true,
        // Azure's metadata and control server, a public number that answers only from inside.
        [168, 63, 129, 16] => true,
        // Link-local, with most clouds' metadata (169.254.169.254).
        [169, 254, ..] => true,
        // Private.
        [172, 16..=31, ..] | [192, 168, ..] => true,
        // Protocol assignments, documentation, the abandoned 6to4 relays.
        [192, 0, 0 | 2, _] | [192, 88, 99, _] => true,
        // Benchmarks.
        [198, 18..=19, ..] => true,
        // Documentation.
        [198, 51, 100, _] | [203, 0, 113, _] => true,
        // Multicast, reserved, broadcast.
        [224..=255, ..] => true,
        _ => false,
    };
    !special
}

#[expect(clippy::match_same_arms, reason = "one arm for each entry of the registry, with its reason")]
fn is_public_v6(ip: Ipv6Addr) -> bool {
    match ip.segments() {
        // NAT64: packets leave for the embedded IPv4 address. (The local-use 64:ff9b:1::/48 is refused below.)
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            let [a, b] = high.to_be_bytes();
            let [c, d] = low.to_be_bytes();
            is_public_v4(Ipv4Addr::new(a, b, c, d))
        }
        // Protocol assignments: Teredo, benchmarks, ORCHID.
        [0x2001, 0..=0x1ff, ..] => false,
        // Documentation.
        [0x2001, 0xdb8, ..] | [0x3fff, 0..=0x0fff, ..] => false,
        // 6to4 tunnels packets to whatever IPv4 address is embedded.
        [0x2002, ..] => false,
        // Global unicast. Everything outside of it is special: loopback, unspecified, IPv4-compatible, unique-local,
        // link-local, site-local, multicast, discard-only, segment routing, or not assigned.
        [0x2000..=0x3fff, ..] => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_addresses_are_not_public() {
        let special = "0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 100.127.255.255 127.0.0.1 \
            127.255.255.254 168.63.129.16 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.192 192.0.2.1 \
            192.88.99.1 192.168.0.1 198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.7 224.0.0.1 239.255.255.255 \
            240.0.0.1 255.255.255.255 \
            :: ::1 ::7f00:1 ::808:808 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:0:127.0.0.1 64:ff9b::127.0.0.1 \
            64:ff9b::10.1.2.3 64:ff9b::a9fe:a9fe 64:ff9b:1::8.8.8.8 100::1 2001::1 2001:0:7f00:1::1 2001:2::1 2001:10::1 \
            2001:20::1 2001:1ff::1 2001:db8::1 2002:7f00:1:: 2002:808:808::1 3fff::1 3fff:fff::1 5f00::1 fc00::1 \
            fd00:ec2::254 fe80::1 febf::1 fec0::1 ff02::1 ff0e::1";
        for text in special.split_whitespace() {
            let ip: IpAddr = text.parse().expect(text);
            assert!(!is_public(ip), "{ip} passed for public");
        }
    }

    #[test]
    fn public_addresses_are_public() {
        let public = "1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.1 100.63.255.255 100.128.0.1 126.255.255.255 128.0.0.1 \
            168.63.129.17 169.253.0.1 172.15.0.1 172.32.0.1 192.0.1.1 192.167.0.1 192.169.0.1 198.17.0.1 198.20.0.1 \
            223.255.255.255 \
            2001:200::1 2001:4860:4860::8888 2606:4700::1111 2a00::1 2800:3f0::1 3ffe:ffff::1 ::ffff:8.8.8.8 64:ff9b::8.8.8.8";
        for text in public.split_whitespace() {
            let ip: IpAddr = text.parse().expect(text);
            assert!(is_public(ip), "{ip} passed for special");
        }
    }

    proptest::proptest! {
        /// Whatever the standard library knows to be special must be special here too, in each of its spellings.
        #[test]
        fn nothing_known_to_be_special_is_public(bits: u32) {
            let v4 = Ipv4Addr::from(bits);
            let known = v4.is_private() || v4.is_loopback() || v4.is_link_local() || v4.is_multicast()
                || v4.is_broadcast() || v4.is_documentation() || v4.is_unspecified();
            let nat64 = Ipv6Addr::from((0x64_ff9b_u128 << 96) | u128::from(bits));
            for ip in [IpAddr::V4(v4), v4.to_ipv6_mapped().into(), nat64.into()] {
                proptest::prop_assert!(!(known && is_public(ip)), "{} passed for public", ip);
                proptest::prop_assert_eq!(is_public(ip), is_public(v4.into()));
            }
            proptest::prop_assert!(!is_public(v4.to_ipv6_compatible().into()));
        }
    }
}
