//! People, groups, resources, and who the approvers are now.

pub mod approvers;
pub mod groups;
pub mod holdings;
pub mod people;
pub mod resources;
