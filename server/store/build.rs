//! Embedded migrations are read by a macro that does not tell cargo about the files it read.

fn main() {
    println!("cargo::rerun-if-changed=../../migrations");
}
