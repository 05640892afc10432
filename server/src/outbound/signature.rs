//! Signatures after the Standard Webhooks scheme.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The value of `webhook-signature` for a message: HMAC-SHA256 over `id.timestamp.body`, one signature for each key, the newest
/// first, so that a receiver may change keys without losing a message. Keys that cannot be read sign nothing.
#[must_use]
pub fn sign(keys: &[&str], id: &str, timestamp: i64, body: &[u8]) -> String {
    let signatures = keys.iter().filter_map(|key| services::connectors::signing_key(key)).filter_map(|key| {
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
        mac.update(format!("{id}.{timestamp}.").as_bytes());
        mac.update(body);
        Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
    });
    signatures.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::sign;

    /// Computed with the scheme's own library.
    #[test]
    fn the_vectors_of_the_scheme() {
        let body = br#"{"test": 2432232314}"#;
        let signed =
            sign(&["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        let body = "{\"type\":\"user.créé\",\"data\":{\"id\":\"42\"}}\n".as_bytes();
        let key = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
        let signed = sign(&[key], "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W", 1_700_000_000, body);
        assert_eq!(signed, "v1,+Ddm/mnrtbjs6zrKWsYDSEhL+GWec2aGf6ifFh+B7q0=");
        let both = sign(&[key, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"], "m", 1, b"{}");
        assert_eq!(both.split(' ').count(), 2);
    }
}
