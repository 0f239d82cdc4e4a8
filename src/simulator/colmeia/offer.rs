//! An offer as the provider's look, with what is odd in them: a stray `0` in `fmtp`, the fingerprint of the whole session, three candidates
//! behind a translation of addresses. The addresses are those of documents (RFC 5737): nobody answers there.

/// The SDP of a call; `salt` makes it one of its own.
pub fn text(salt: u32) -> String {
    let lines = [
        "v=0".to_owned(),
        format!("o=- {salt} 2 IN IP4 127.0.0.1"),
        "s=-".to_owned(),
        "t=0 0".to_owned(),
        "a=group:BUNDLE 0".to_owned(),
        "a=ice-options:trickle".to_owned(),
        "a=fingerprint:sha-256 7B:8B:F0:65:5F:78:E2:51:3B:AC:6F:F3:3F:46:1B:35:DC:B8:5F:64:1A:24:C2:43:F0:A1:58:D0:A1:2C:19:08".to_owned(),
        "m=audio 50000 UDP/TLS/RTP/SAVPF 111".to_owned(),
        "c=IN IP4 127.0.0.0".to_owned(),
        "a=mid:0".to_owned(),
        "a=sendrecv".to_owned(),
        "a=rtcp-mux".to_owned(),
        "a=setup:actpass".to_owned(),
        format!("a=ice-ufrag:{salt:08x}"),
        format!("a=ice-pwd:{salt:08x}{salt:08x}{salt:08x}"),
        "a=rtpmap:111 opus/48000/2".to_owned(),
        "a=fmtp:111 0 maxplaybackrate=8000; sprop-maxcapturerate=8000; maxaveragebitrate=20000; useinbandfec=0; usedtx=0".to_owned(),
        "a=ptime:20".to_owned(),
        "a=candidate:1 1 udp 1677721855 192.0.2.10 50000 typ srflx raddr 10.0.0.1 rport 50000".to_owned(),
        "a=candidate:2 1 udp 1677721599 198.51.100.10 50000 typ srflx raddr 10.0.0.1 rport 50000".to_owned(),
        "a=candidate:3 1 udp 1677721343 203.0.113.10 50000 typ srflx raddr 10.0.0.1 rport 50000".to_owned(),
        "a=end-of-candidates".to_owned(),
    ];
    lines.iter().flat_map(|line| [line, "\r\n"]).collect()
}
