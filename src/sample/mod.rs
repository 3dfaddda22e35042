//! The sample province: synthetic files such as agencies would send.
