//! Log in, first set-up, one-time links, own password. Plain forms: they begin or end a session, so the page loads anew.

mod page;
mod password;

pub use page::{ForgotPage, LoginPage, SetupPage};
pub use password::{LinkPage, PasswordPage};
