//! The command line as scripts and terminals meet it: exit codes, JSON, nothing that steers a terminal, no secrets, and signals.

mod alerts;
mod audit;
mod bench;
mod doctor;
mod json;
mod live_view;
mod rules;
mod running;
mod secrets;
mod temporal;
mod terminal;
