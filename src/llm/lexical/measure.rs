//! The shape of a text: counts that need no word list, in one pass.

/// Digits in a row, spaces and dashes left out, that look like a card or account number.
const CARD_DIGITS_MIN: usize = 13;

/// What was counted.
#[derive(Default, PartialEq, Eq, Debug)]
pub(super) struct Shape {
    pub(super) words: usize,
    /// Words of eleven letters and more.
    pub(super) long_words: usize,
    pub(super) sentences: usize,
    pub(super) questions: usize,
    pub(super) exclamations: usize,
    pub(super) digits: usize,
    pub(super) letters: usize,
    pub(super) capitals: usize,
    pub(super) has_card_number: bool,
    pub(super) has_link: bool,
}

/// Counts.
pub(super) fn shape(text: &str) -> Shape {
    let mut shape =
        Shape { has_link: text.contains("http://") || text.contains("https://"), ..Shape::default() };
    let (mut word, mut card, mut after_end) = (0_usize, 0_usize, true);
    for ch in text.chars() {
        let letter = ch.is_alphabetic();
        let digit = ch.is_ascii_digit();
        if letter || digit {
            word += 1;
            after_end = false;
        } else {
            shape.end_word(&mut word);
            if matches!(ch, '.' | '!' | '?' | '\n') {
                shape.sentences += usize::from(!after_end);
                after_end = true;
            }
        }
        shape.questions += usize::from(ch == '?');
        shape.exclamations += usize::from(ch == '!');
        shape.letters += usize::from(letter);
        shape.capitals += usize::from(ch.is_uppercase());
        shape.digits += usize::from(digit);
        card = if digit {
            card + 1
        } else if matches!(ch, ' ' | '-') {
            card
        } else {
            0
        };
        shape.has_card_number |= card >= CARD_DIGITS_MIN;
    }
    shape.end_word(&mut word);
    shape.sentences += usize::from(!after_end);
    shape
}

impl Shape {
    fn end_word(&mut self, letters: &mut usize) {
        self.words += usize::from(*letters > 0);
        self.long_words += usize::from(*letters > 10);
        *letters = 0;
    }
}
