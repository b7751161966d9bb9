use super::*;

fn mail(text: &[u8]) -> Mail {
    let mail = convert(text);
    assert!(mail.is_mail, "{mail:?}");
    mail
}

#[test]
fn an_ordinary_mail_becomes_headers_and_text() {
    let mail = mail(b"From: Ada <ada@example.com>\r\nTo: grace@example.com\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nDate: Thu, 22 Aug 2002 18:26:25 +0700\r\n\r\nHello Grace,\r\n\r\nall is well.\r\n");
    assert_eq!(mail.subject.as_deref(), Some("Grüße"));
    assert_eq!(mail.date.as_deref(), Some("2002-08-22T18:26:25+07:00"));
    assert!(mail.content.starts_with(
        "Subject: Grüße\nFrom: Ada <ada@example.com>\nTo: grace@example.com\nDate: Thu, 22 Aug"
    ));
    assert!(mail.content.contains("Hello Grace,") && mail.content.ends_with("all is well."));
}

#[test]
fn html_alone_becomes_text() {
    let mail = mail(b"From: a@b.c\nSubject: Win\nContent-Type: text/html\n\n<html><style>p{}</style><body><p>You <b>won</b> &euro;5</p><script>alert(1)</script></body></html>");
    assert!(mail.content.contains("You won €5"), "{}", mail.content);
    assert!(!mail.content.contains("<b>"));
}

#[test]
fn attachments_are_listed_and_not_shown() {
    let mail = mail(b"From: a@b.c\nSubject: Bill\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/plain\n\nSee the bill.\n--x\nContent-Type: application/pdf; name=\"bill.pdf\"\nContent-Disposition: attachment; filename=\"bill.pdf\"\nContent-Transfer-Encoding: base64\n\nJVBERi0xLjQ=\n--x--\n");
    assert_eq!(mail.attachment_count, 1);
    assert!(mail.content.ends_with("Attachments:\n- bill.pdf (8 bytes)"), "{}", mail.content);
    assert!(!mail.content.contains("JVBER"));
}

#[test]
fn an_mbox_line_in_front_is_no_header() {
    let mail = mail(b"From ilug-admin@linux.ie  Tue Aug  6 11:51:02 2002\nReturn-Path: <x@y.z>\nFrom: a@b.c\nSubject: Hi\n\ntext\n");
    assert_eq!((mail.from.as_deref(), mail.subject.as_deref()), (Some("a@b.c"), Some("Hi")));
}

#[test]
fn broken_mail_is_read_as_far_as_it_goes() {
    let broken: [&[u8]; 5] = [
        b"From: a@b.c\nSubject: cut\nContent-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/plain\n\nhalf",
        b"From: a@b.c\nSubject: base64\nContent-Transfer-Encoding: base64\n\n!!!not base64!!!",
        b"From: a@b.c\nSubject: no boundary\nContent-Type: multipart/mixed\n\n--?\n\nx",
        b"From: \"unclosed <a@b.c\nSubject: =?utf-8?b?broken\nContent-Type: text/plain; charset=nonsense\n\nbody \xff\xfe",
        b"From: a@b.c\nSubject: nested\nContent-Type: message/rfc822\n\nFrom: c@d.e\n\nFrom: f@g.h\n\ninner",
    ];
    for bytes in broken {
        let mail = mail(bytes);
        assert!(mail.content.starts_with("Subject: ") && !mail.content.trim().is_empty(), "{mail:?}");
    }
}

#[test]
fn bytes_in_another_encoding_become_text() {
    let mail =
        mail(b"From: a@b.c\nSubject: caf\xe9\nContent-Type: text/plain; charset=iso-8859-1\n\nna\xefve");
    assert!(mail.content.contains("naïve"), "{}", mail.content);
    let chinese =
        convert(b"From: a@b.c\nSubject: x\nContent-Type: text/plain; charset=gb2312\n\n\xc4\xe3\xba\xc3");
    assert!(chinese.content.contains("你好"), "{}", chinese.content);
}

#[test]
fn what_is_no_mail_is_text() {
    for bytes in [&b"just a note, nothing more"[..], b"\x00\xff\xfe\x01", b"", b"\n\n\n"] {
        let mail = convert(bytes);
        assert!(!mail.is_mail, "{mail:?}");
        assert_eq!(mail.content, String::from_utf8_lossy(bytes));
    }
    let submitted = submission(b"just a note", Some("n".into()), "mail".into(), 100);
    assert_eq!(submitted.metadata["parse"], "fallback");
}

#[test]
fn what_is_too_long_is_cut_at_a_character_and_marked() {
    let mut bytes = b"From: a@b.c\nSubject: long\nContent-Type: text/plain; charset=utf-8\n\n".to_vec();
    bytes.extend("ü".repeat(1000).into_bytes());
    let submitted = submission(&bytes, Some("x".into()), "mail".into(), 101);
    assert!(submitted.content.len() <= 101 && submitted.content.ends_with('ü'));
    assert_eq!(submitted.metadata["truncated"], true);
    assert!(submitted.metadata["original_bytes"].as_u64().unwrap() > 2000);
    assert_eq!(submitted.metadata["bytes"], bytes.len());
    assert_eq!(submitted.metadata["sha256"].as_str().unwrap().len(), 64);
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_it_fail(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..400)) {
        let with_header = [b"From: a@b.c\nContent-Type: multipart/mixed; boundary=a\n\n--a\n".as_slice(), &bytes].concat();
        let mails = [convert(&bytes), convert(&with_header)];
        proptest::prop_assert!(mails[1].is_mail);
    }
}
