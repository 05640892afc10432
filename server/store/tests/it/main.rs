//! Conformance: every public function of the store, on both engines.

mod support;
