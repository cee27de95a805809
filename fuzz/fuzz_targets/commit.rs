//! Feeds arbitrary bytes as a raw commit object; `properties.rs` says what must hold.
#![no_main]

#[path = "../properties.rs"]
#[allow(dead_code)] // Each target uses one of them.
mod properties;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    properties::commit(data);
});
