//! What runs beside the requests of people: mail and the clock.

pub mod clock;
pub mod listen;
pub mod mail;
pub mod news;
pub mod provision;
