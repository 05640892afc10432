//! The UI kit. Knows no feature.

pub mod avatar;
pub mod badge;
#[cfg(feature = "ssr")]
pub mod controls;
pub mod dialog;
pub mod field;
pub mod html;
pub mod icon;
pub mod live;
#[cfg(feature = "ssr")]
pub mod logo;
pub mod menu;
#[cfg(feature = "ssr")]
pub mod pages;
pub mod state;
pub mod submit;
pub mod time;
pub mod title;
pub mod words;
