//! The UI kit: components that know no feature.

pub mod avatar;
pub mod badge;
pub mod dialog;
pub mod field;
pub mod icon;
pub mod live;
pub mod menu;
pub mod state;
pub mod submit;
pub mod text_area;
pub mod time;
pub mod title;
pub mod words;
