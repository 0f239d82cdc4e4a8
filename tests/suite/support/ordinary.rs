//! What root is kept from by the modes of files when it gives up the right to pass them over: threads that are begun meanwhile have
//! not got it either.

use rustix::thread::{CapabilitySet, CapabilitySets, capabilities, set_capabilities};

/// This thread, as anybody's, until it is dropped. Who is not root is ordinary anyhow.
pub struct Ordinary(CapabilitySets);

impl Ordinary {
    pub fn thread() -> Self {
        let before = capabilities(None).expect("a thread knows its rights");
        let mut now = before;
        now.effective.remove(CapabilitySet::DAC_OVERRIDE);
        set_capabilities(None, now).expect("rights can be given up");
        Self(before)
    }
}

impl Drop for Ordinary {
    fn drop(&mut self) {
        set_capabilities(None, self.0).expect("what is permitted can be taken back");
    }
}
