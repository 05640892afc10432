//! Logos of resources and flows: kept by admins, shown to everybody.

use crate::{Error, Origin, Result, Right, Services};
use domain::people::Actor;
use domain::validate::{FieldCode, FieldError};
use serde_json::json;
use sha2::{Digest, Sha256};
use store::audit::Event;
use store::logos as table;

pub use store::logos::Bearer;

/// Largest logo, in KiB.
pub const LOGO_MAX_KIB: usize = 256;

/// The media type of an image that browsers show and that carries no scripts, by its first bytes.
fn media_type(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}

/// Gives a resource or a flow a logo, or takes it away when there are no bytes.
///
/// # Errors
/// Forbidden, not found, a file that is not an image or too large, or the database fails.
pub async fn save(
    services: &Services,
    actor: &Actor,
    bearer: Bearer,
    bytes: Option<&[u8]>,
    origin: &Origin,
) -> Result<()> {
    if !actor.admin {
        return Err(Error::Forbidden);
    }
    let wrong = |code| Error::Invalid(vec![FieldError::new("logo", code)]);
    let image = match bytes {
        None => None,
        Some([]) => return Err(wrong(FieldCode::Required)),
        Some(bytes) if bytes.len() > LOGO_MAX_KIB * 1024 => return Err(wrong(FieldCode::TooLarge(LOGO_MAX_KIB))),
        Some(bytes) => Some((media_type(bytes).ok_or_else(|| wrong(FieldCode::Image))?, bytes)),
    };
    let (mut session, actor) = services.write_directory(actor, Right::Admin, origin).await?;
    let actor = &actor;
    let id = image
        .map(|(_, bytes)| Sha256::digest(bytes).iter().take(16).map(|byte| format!("{byte:02x}")).collect::<String>());
    if let (Some(id), Some((media_type, bytes))) = (&id, image) {
        table::put(&mut session, id, media_type, bytes).await?;
    }
    if !table::set(&mut session, bearer, id.as_deref()).await? {
        return Err(Error::NotFound);
    }
    let (kind, subject) = match bearer {
        Bearer::Resource(resource) => ("resource_changed", resource.to_string()),
        Bearer::Flow(flow) => ("flow_updated", flow.to_string()),
    };
    let event = Event {
        kind,
        actor: Some((actor.id, &actor.name)),
        address: &origin.address,
        subject: &subject,
        detail: json!({ "logo": id }),
        ..Event::default()
    };
    crate::record::record(&mut session, &event).await?;
    Ok(session.commit().await?)
}

/// A logo: its media type and its bytes.
///
/// # Errors
/// Not found, or the database fails.
pub async fn get(services: &Services, id: &str) -> Result<(String, Vec<u8>)> {
    let mut session = services.store.read().await?;
    table::get(&mut session, id).await?.ok_or(Error::NotFound)
}

#[cfg(test)]
mod tests {
    use super::media_type;

    #[test]
    fn images_are_known_by_their_first_bytes() {
        assert_eq!(media_type(b"\x89PNG\r\n\x1a\n...."), Some("image/png"));
        assert_eq!(media_type(b"\xff\xd8\xff\xe0"), Some("image/jpeg"));
        assert_eq!(media_type(b"GIF89a.."), Some("image/gif"));
        assert_eq!(media_type(b"RIFF\0\0\0\0WEBPVP8 "), Some("image/webp"));
        for other in [&b"<svg onload=alert(1)>"[..], b"GIF90a", b"RIFF\0\0\0\0WAVE", b"\x89PNG", b""] {
            assert_eq!(media_type(other), None);
        }
    }
}
