//! The binary `doorward`: doors, jobs, mail, commands.

#![recursion_limit = "1024"]

pub mod boot;
pub mod commands;
pub mod config;
pub mod connectors;
pub mod fail;
pub mod jobs;
pub mod listener;
pub mod mail;
pub mod outbound;
pub mod web;
