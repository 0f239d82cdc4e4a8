//! Counts what a thread holds, each allocation as large as the program's allocator would make it.
//!
//! Only for what stays on one thread: what another one frees is missing from its own count.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

struct Counting;

/// Bytes that this thread has allocated and not freed.
pub fn held() -> isize {
    HELD.with(Cell::get)
}

/// Four sizes between a power of two and the next, and none below 16 (mimalloc's bins).
fn rounded(bytes: usize) -> isize {
    let step = (bytes.next_power_of_two() / 8).max(16);
    bytes.next_multiple_of(step).cast_signed()
}

fn count(change: isize) {
    // A thread that ends frees what it had after its own variables are gone.
    let _ = HELD.try_with(|held| held.set(held.get() + change));
}

#[expect(unsafe_code, reason = "an allocator is unsafe by its nature; this one only counts")]
// SAFETY: everything is the system's allocator's.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(rounded(layout.size()));
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(rounded(layout.size()));
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        count(-rounded(layout.size()));
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, bytes: usize) -> *mut u8 {
        count(rounded(bytes) - rounded(layout.size()));
        unsafe { System.realloc(at, layout, bytes) }
    }
}
