//! From counts to an analysis. Pure, and full of judgement: the numbers were set by reading, not learnt.

use tracerail_schemas::analysis::{Analysis, RiskFlag, Sentiment};

use super::lexicon::Hits;
use super::measure::Shape;

/// Word lists are never surer than this.
pub(super) const CONFIDENCE_MAX: f64 = 0.6;

const SUMMARY_CHARS_MAX: usize = 200;

/// The analysis of a text of this shape with these words.
pub(super) fn analysis(text: &str, shape: &Shape, hits: &Hits<'_>) -> Analysis {
    let language = language(hits, shape.words);
    let flags = flags(shape, hits);
    Analysis {
        summary: summary(text),
        sentiment: sentiment(hits),
        complexity: complexity(shape, flags.len()),
        confidence: confidence(shape, language.is_some(), &flags),
        proposed: None,
        flags,
        language,
    }
}

fn flags(shape: &Shape, hits: &Hits<'_>) -> Vec<RiskFlag> {
    let mut flags: Vec<RiskFlag> = hits
        .flags
        .iter()
        .map(|(code, evidence)| RiskFlag { code: (*code).to_owned(), evidence: evidence.clone() })
        .collect();
    let mut add = |code: &str, evidence: &str| {
        if flags.iter().all(|flag| flag.code != code) {
            flags.push(RiskFlag { code: code.to_owned(), evidence: evidence.to_owned() });
        }
    };
    if shape.has_card_number {
        add("personal_data", "a number as long as a card's");
    }
    if shape.has_link {
        add("link", "http");
    }
    flags
}

/// The language whose stop words lead clearly; one alone may be a name or a loan.
fn language(hits: &Hits<'_>, words: usize) -> Option<String> {
    let mut ranked: Vec<_> = hits.languages.iter().collect();
    ranked.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let (code, first) = ranked.first()?;
    let second = ranked.get(1).map_or(0, |(_, count)| *count);
    let enough = *first >= 2 || (*first == 1 && words <= 4);
    (enough && first * 4 >= second * 5 && *first > second && first * 12 >= words).then(|| (*code).to_owned())
}

fn sentiment(hits: &Hits<'_>) -> Sentiment {
    let (more, less) = (hits.positive.max(hits.negative), hits.positive.min(hits.negative));
    if more == 0 {
        Sentiment::Neutral
    } else if less * 2 >= more {
        Sentiment::Mixed
    } else if hits.positive > hits.negative {
        Sentiment::Positive
    } else {
        Sentiment::Negative
    }
}

/// Long, wordy, questioning, number-ridden and flagged texts are harder to decide.
fn complexity(shape: &Shape, flags: usize) -> f64 {
    let words = number(shape.words);
    let part = |value: f64, full: f64, weight: f64| (value / full).min(1.0) * weight;
    let sum = part(words, 250.0, 0.35)
        + part(words / number(shape.sentences.max(1)), 30.0, 0.15)
        + part(number(shape.long_words) / words.max(1.0), 0.25, 0.1)
        + part(number(shape.questions), 4.0, 0.1)
        + part(number(shape.digits), 40.0, 0.1)
        + part(number(flags), 3.0, 0.2);
    (sum * 100.0).round() / 100.0
}

/// More in a text of usual length in a known language; less where words are few, shouted, or speak for several things.
fn confidence(shape: &Shape, knows_language: bool, flags: &[RiskFlag]) -> f64 {
    let known = if knows_language { 0.2 } else { 0.0 };
    let length = if (4..=200).contains(&shape.words) { 0.1 } else { 0.0 };
    let plain = if flags.is_empty() { 0.05 } else { 0.0 };
    let shouted = shape.letters > 20 && shape.capitals * 2 > shape.letters;
    let loud = if shouted || shape.exclamations > 5 { 0.1 } else { 0.0 };
    let injected = if flags.iter().any(|flag| flag.code == "prompt_injection") { 0.2 } else { 0.0 };
    let sum: f64 = 0.25 + known + length + plain - loud - injected;
    (sum.clamp(0.0, CONFIDENCE_MAX) * 100.0).round() / 100.0
}

#[expect(clippy::cast_precision_loss, reason = "counts of words are far below 2^52")]
fn number(count: usize) -> f64 {
    count as f64
}

/// The first sentences, on one line.
fn summary(text: &str) -> String {
    let mut summary = String::new();
    let (mut chars, mut sentence_end) = (0, 0);
    for word in text.split_whitespace() {
        let room = SUMMARY_CHARS_MAX - chars;
        let separator = usize::from(chars > 0);
        let taken = word.chars().take(room.saturating_sub(separator)).count();
        if separator + word.chars().take(room + 1).count() > room {
            return shortened(summary, sentence_end, word, taken);
        }
        if chars > 0 {
            summary.push(' ');
        }
        summary.push_str(word);
        chars += separator + taken;
        if word.ends_with(['.', '!', '?']) {
            sentence_end = summary.len();
        }
    }
    summary
}

/// Up to the last whole sentence, or else the last whole word, or a piece of the one endless word there is.
fn shortened(mut summary: String, sentence_end: usize, word: &str, chars: usize) -> String {
    if sentence_end > SUMMARY_CHARS_MAX / 4 {
        summary.truncate(sentence_end);
        return summary;
    }
    if summary.is_empty() {
        summary.extend(word.chars().take(chars.saturating_sub(1)));
    }
    summary.push('…');
    summary
}
