// Personal data: forms and check digits, stand-ins, and the bound on the work.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "base/error.h"
#include "data/clean/checks.h"
#include "data/clean/personal.h"
#include "data/clean/stages.h"
#include "data/sha256.h"

namespace fettle::data::clean {
namespace {

struct Shown {
  std::string kind;
  std::string value;
  std::string detail;
  bool operator==(const Shown&) const = default;
};

std::vector<Shown> shown(std::string_view text, double least = 0.4) {
  std::vector<Shown> list;
  for (const Finding& f : find_personal(text).findings) {
    if (f.score < least) continue;
    list.push_back({std::string(name_of(f.kind)),
                    std::string(text.substr(f.begin, f.end - f.begin)), std::string(f.detail)});
  }
  return list;
}

void expect_one(std::string_view text, std::string_view kind, std::string_view value) {
  bool found = false;
  for (const Shown& one : shown(text)) found = found || (one.kind == kind && one.value == value);
  EXPECT_TRUE(found) << kind << " \"" << value << "\" in: " << text;
}

void expect_none(std::string_view text, std::string_view kind) {
  for (const Shown& one : shown(text)) EXPECT_NE(one.kind, kind) << one.value << " in: " << text;
}

TEST(CleanPersonal, FindsContacts) {
  expect_one("write to <Anna.B+x@mail.example.co.uk>.", "EMAIL_ADDRESS",
             "Anna.B+x@mail.example.co.uk");
  expect_none("a@b and @user and a@b.c1", "EMAIL_ADDRESS");
  expect_one("call (212) 555-0147 now", "PHONE_NUMBER", "(212) 555-0147");
  expect_one("Tel. +49 30 901820", "PHONE_NUMBER", "+49 30 901820");
  expect_one("ring 01.84.17.61.18", "PHONE_NUMBER", "01.84.17.61.18");
  expect_one("fax 345-899-3560x4587", "PHONE_NUMBER", "345-899-3560x4587");
  expect_none("pi is 3.14159 and 12,345,678 people on 2024-01-02", "PHONE_NUMBER");
  expect_none("354 - 63 - 126 - 136 = <<354-63-126-136=29>>29 pages", "PHONE_NUMBER");
  expect_none("had it for 2010 - 2007 years; Copyright 2007-2016; 92000 - 45000 = 47000",
              "PHONE_NUMBER");
  expect_none("it is (18.75-18.48)x 100, odds 2.5 1.62 250, 84/100 (20/22/21)", "PHONE_NUMBER");
  expect_none("Rachel has 1500 - 135 - 141 envelopes", "PHONE_NUMBER");
  expect_one("<p>555-012-3456<br>", "PHONE_NUMBER", "555-012-3456");
  expect_one("Contact - 07885 577 899, please", "PHONE_NUMBER", "07885 577 899");
  expect_one("see https://u:secret@host.example/x.", "URL_SECRET",
             "https://u:secret@host.example/x");
  expect_one("see www.example.com, please", "URL", "www.example.com");
  expect_one("see https://h.example/?access_token=abcd1234", "URL_SECRET",
             "https://h.example/?access_token=abcd1234");
}

TEST(CleanPersonal, FindsMachinesAndPlacesOnTheGlobe) {
  expect_one("host 192.168.1.254.", "IP_ADDRESS", "192.168.1.254");
  expect_none("version 1.2.3.4 and 256.1.1.1 and 1.2.3.4.5", "IP_ADDRESS");
  expect_one("at 2001:db8::8a2e:370:7334 now", "IP_ADDRESS", "2001:db8::8a2e:370:7334");
  expect_none("at 12:30:45 the std::vector", "IP_ADDRESS");
  expect_one("mac 00:1A:2b:3c:4D:5e", "MAC_ADDRESS", "00:1A:2b:3c:4D:5e");
  expect_one("at 37.7749, -122.4194 there", "COORDINATES", "37.7749, -122.4194");
}

TEST(CleanPersonal, FindsNumbersByTheirCheckDigits) {
  expect_one("4012-8888-8888-1881", "CREDIT_CARD", "4012-8888-8888-1881");
  expect_none("4012-8888-8888-1882", "CREDIT_CARD");
  expect_one("IBAN GB82 WEST 1234 5698 7654 32.", "IBAN_CODE", "GB82 WEST 1234 5698 7654 32");
  expect_none("GB82 WEST 1234 5698 7654 33", "IBAN_CODE");
  expect_one("123-45-6780", "US_SSN", "123-45-6780");
  for (const std::string_view bad : {"078-05-1120", "000-12-3456", "666-12-3456", "123-00-4567"}) {
    expect_none(bad, "US_SSN");
  }
  expect_one("NHS 943 476 5919", "NATIONAL_ID", "943 476 5919");
  expect_one("NI AA 12 34 56 B", "NATIONAL_ID", "AA 12 34 56 B");
  expect_one("DNI 12345678Z", "NATIONAL_ID", "12345678Z");
  expect_none("DNI 12345678A", "NATIONAL_ID");
  expect_one("NIE X1234567L", "NATIONAL_ID", "X1234567L");
  expect_one("RSSMRA85T10A562S", "NATIONAL_ID", "RSSMRA85T10A562S");
  expect_one("PESEL 44051401359", "NATIONAL_ID", "44051401359");
  expect_one("NIR 2 55 08 14 168 025 38", "NATIONAL_ID", "2 55 08 14 168 025 38");
  expect_one("Steuer-ID 86095742719", "NATIONAL_ID", "86095742719");
  expect_one("BSN 111222333", "NATIONAL_ID", "111222333");
  expect_one("529.982.247-25", "NATIONAL_ID", "529.982.247-25");
  expect_one("2234 5678 9018 aadhaar", "NATIONAL_ID", "2234 5678 9018");
  expect_one("811218-9876", "NATIONAL_ID", "811218-9876");
  expect_one("131052-308T", "NATIONAL_ID", "131052-308T");
  expect_one("TFN 123 456 782", "NATIONAL_ID", "123 456 782");
  expect_one("ABN 51 824 753 556", "NATIONAL_ID", "51 824 753 556");
  expect_one("S1234567D", "NATIONAL_ID", "S1234567D");
}

TEST(CleanPersonal, FindsSecretsAndAddressesOfMoney) {
  // Split, so that no scanner of secrets takes the test for one.
  expect_one(
      "id "
      "AKIA"
      "IOSFODNN7EXAMPLE",
      "SECRET",
      "AKIA"
      "IOSFODNN7EXAMPLE");
  const std::string token = std::string("ghp") + "_" + std::string(36, 'a');
  expect_one("use " + token + " here", "SECRET", token);
  expect_one("password: hunter22", "SECRET", "hunter22");
  expect_none("the password is wrong, the key is here", "SECRET");
  const std::string pem = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----";
  expect_one("x\n" + pem + "\ny", "SECRET", pem);
  expect_one("1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2", "CRYPTO", "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2");
  expect_none("1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN3", "CRYPTO");
  expect_one("bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq", "CRYPTO",
             "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq");
}

TEST(CleanPersonal, FindsPeopleByListsAndContext) {
  expect_one("My name is Zorblax Quintrell.", "PERSON", "Zorblax Quintrell");
  expect_one("Dr. Emma Brown called", "PERSON", "Emma Brown");
  expect_one("born on 12 March 1985", "DATE_OF_BIRTH", "12 March 1985");
  expect_one("DOB: 1985-03-12", "DATE_OF_BIRTH", "1985-03-12");
  expect_one("the fair of 2019-03-12", "DATE_TIME", "2019-03-12");
  expect_one("lives at 615 Benedum Drive", "STREET_ADDRESS", "615 Benedum Drive");
}

TEST(CleanPersonal, AnAgeIsSomebodys) {
  expect_one("He was 65.", "AGE", "65");
  expect_one("Hello, I'm 31, and Anna is 7.", "AGE", "31");
  expect_one("Hello, I'm 31, and Anna is 7.", "AGE", "7");
  expect_one("My son turns 12.", "AGE", "12");
  expect_none("The value of x is 4. The answer was 42; the mean is 8, the total price is $16.",
              "AGE");
}

TEST(CleanPersonal, KnowsNamesByTheirForm) {
  expect_one("She met Gyda Thorvaldsdottir there.", "PERSON", "Gyda Thorvaldsdottir");
  expect_one("It was Zebulon Q Marchbanks who paid.", "PERSON", "Zebulon Q Marchbanks");
  expect_one("Today J\xc3\xbcrgen came.", "PERSON", "J\xc3\xbcrgen");
  expect_one("Grumblefax, Anna and Peter left.", "PERSON", "Grumblefax");
  expect_one("Hello, my name is anna smith, and this is a test.", "PERSON", "anna smith");
  expect_one("My daughter Quillabeth sings.", "PERSON", "Quillabeth");
  expect_one("\"Never again,\" says Wobbleton.", "PERSON", "Wobbleton");
  expect_none("The Young Salesperson of the year.", "PERSON");
  expect_none("my name is written on the door", "PERSON");
  expect_none("Thomas Street and Peter Turnpike", "PERSON");
}

TEST(CleanPersonal, KnowsPlacesByTheWordsAround) {
  expect_one("He lives in Nether Wumbleford now.", "LOCATION", "Nether Wumbleford");
  expect_one("We moved to Grandville du Lac in May.", "LOCATION", "Grandville du Lac");
  expect_one("I come from switzerland", "LOCATION", "switzerland");
  expect_one("They went to the Czech Republic", "LOCATION", "Czech Republic");
  expect_none("He lives in Wumbleford Ltd. buildings", "LOCATION");
  expect_none("made of china", "LOCATION");
  const std::string_view letter = "They wrote from Wumbleford, IL 62704-1234.";
  expect_one(letter, "LOCATION", "Wumbleford");
  expect_one(letter, "LOCATION", "IL");
  expect_one(letter, "ZIP_CODE", "62704-1234");
  expect_none("Wumbleford, XX 62704", "ZIP_CODE");
}

TEST(CleanPersonal, FindsAddressesInTheOrdersOfManyCountries) {
  const auto expect_address = [](std::string_view before, std::string_view address,
                                 std::string_view after) {
    expect_one(std::string(before) + std::string(address) + std::string(after), "STREET_ADDRESS",
               address);
  };
  expect_address("Meet me at ", "12 Wumble Crossing", ".");
  expect_address("Send it to ", "Suite 900, 1200 Old Harbor Boulevard, Wumbleford, IL 62704", ".");
  expect_address("We live at ", "12 bis rue de la Wumble, 69003 Lyon", " now.");
  expect_address("Wir wohnen in der ",
                 "Wumbelstra\xc3\x9f"
                 "e 17a, 10969 Berlin",
                 ", oben.");
  expect_address("Abita in ", "Via dei Wumbli 42", " da anni.");
  expect_address("On ", "ul. Wumbla 8", " in the evening.");
  expect_address("The house is ", "Wumblova 109, 1000 Ljubljana", ".");
  expect_address("She lives at ", "Wumblova 109", ".");
  expect_address("Please use ", "P.O. Box 4711, Wumbleford, IL 62704-1234", ".");
  expect_address("Write to ", "PSC 1234, Box 5678\nAPO AE 09876", ".");
  expect_address("Turn at ", "the corner of Wumble Street and Elm", ".");
  expect_none("12 of them were crossing, Susie has 11 Rhode Island Reds", "STREET_ADDRESS");
  expect_none("In 1984 the street was quiet; 000 square feet, the 4th place, 5-day trail.",
              "STREET_ADDRESS");
  expect_none("Vitamin C 100 mg, Watergate 1972, via port 80, exit 14 on Highway 61.",
              "STREET_ADDRESS");
  expect_none("2pm at Fletcher. 20 hikers.The Trail starts; C. Fowkes 3-5, A. Shah.",
              "STREET_ADDRESS");
}

TEST(CleanPersonal, FindsOrganizationsByFormAndByTheWordsAround) {
  const auto expect_name = [](std::string_view before, std::string_view name,
                              std::string_view after) {
    expect_one(std::string(before) + std::string(name) + std::string(after), "ORGANIZATION", name);
  };
  expect_name("She sued ", "Wumble & Sons", " and won.");
  expect_name("Paid by ", "Wumble, Grob and Quint Ltd.", " in May.");
  expect_name("Anna Holm of ", "Wumble GmbH", " left.");
  expect_name("Google and ", "Wumble Inc", " agreed.");
  expect_name("the ", "Royal Society of Wumbles", " said so.");
  expect_name("at ", "Wumble Community College", " in spring");
  expect_name("I work for ", "Wumblo", " in town.");
  expect_name("the CEO of ", "Wumblo Grand", " resigned.");
  expect_name("", "Wumblo", " is a small design agency.");
  expect_name("Yesterday ", "Wumblo", "'s shareholders met.");
  expect_name("Anna Smith\n", "Wumblo Grand", "\n12 Wumble Street");
  expect_none("I work for hours. He became head of a large family. She joined us.", "ORGANIZATION");
  expect_none("The University was closed. They work at Christmas in Berlin.", "ORGANIZATION");
  expect_none("soldiers in the West Bank", "ORGANIZATION");
  expect_none("I DO NOT KNOW WHAT TO PRESS NEXT", "ORGANIZATION");
  expect_none("Anna Smith\n\nZorblax Grand\nwas here", "ORGANIZATION");
}

TEST(CleanPersonal, HashesAsTheSpecificationsSay) {
  constexpr std::string_view kAbc =
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  // FIPS 180-4's example, RFC 4231's case 2, and Python's hmac with an empty key.
  EXPECT_EQ(hexadecimal(sha256("abc")), kAbc);
  EXPECT_EQ(hexadecimal(hmac_sha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hexadecimal(hmac_sha256({}, {})),
            "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
  Sha256 pieces;
  pieces.update("a");
  pieces.update("bc");
  EXPECT_EQ(hexadecimal(pieces.done()), kAbc);
}

TEST(CleanPersonal, FakesAreConsistentValidAndKeyed) {
  const std::string key = "sixteen bytes of key";
  const std::string card = fake_of(Personal::kCard, "4012-8888-8888-1881", key);
  EXPECT_EQ(card, fake_of(Personal::kCard, "4012-8888-8888-1881", key));
  EXPECT_NE(card, fake_of(Personal::kCard, "4012-8888-8888-1881", key + "!"));
  EXPECT_NE(card, fake_of(Personal::kCard, "4111-1111-1111-1111", key));
  std::string digits;
  for (const char c : card) {
    if (c != '-') digits += c;
  }
  EXPECT_TRUE(luhn(digits)) << card;
  EXPECT_EQ(card[4], '-');
  const std::string iban = fake_of(Personal::kIban, "DE89 3704 0044 0532 0130 00", key);
  EXPECT_TRUE(is_iban(iban)) << iban;
  EXPECT_EQ(iban, fake_of(Personal::kIban, "de89370400440532013000", key));
  EXPECT_FALSE(is_us_ssn("9" + fake_of(Personal::kSsn, "123456780", key).substr(1)));
  EXPECT_TRUE(fake_of(Personal::kEmail, "a@b.org", key).ends_with("@example.com"));
}

TEST(CleanPersonal, StageMasksRemovesDropsAndCounts) {
  const Models models;
  Bench bench;
  bench.models = &models;
  const auto run = [&](Json options) {
    Record record;
    record.fields["text"] = "Mail ann@example.org or bob@example.org.";
    const Verdict verdict = make_personal(options, bench)->apply(record);
    EXPECT_EQ(verdict.detail, "EMAIL_ADDRESS 2");
    return std::pair(verdict.kind, record.fields["text"].get<std::string>());
  };
  EXPECT_EQ(
      run({{"action", "mask"}}),
      std::pair(Verdict::Kind::kChanged, std::string("Mail [EMAIL_ADDRESS] or [EMAIL_ADDRESS].")));
  EXPECT_EQ(run({{"action", "remove"}}).second, "Mail  or .");
  EXPECT_EQ(run({{"action", "drop"}}).first, Verdict::Kind::kDropped);
  EXPECT_THROW((void)make_personal({{"action", "fake"}}, bench), UsageError);
  EXPECT_THROW((void)personal_set({"EMAIL"}), UsageError);
}

// Rows that make backtracking matchers stall: four times the text costs at most about four times
// the steps.
TEST(CleanPersonal, WorkGrowsWithLengthAlone) {
  const std::string deep(1, '(');
  for (const std::string& unit : {std::string("a@"),
                                  std::string("1"),
                                  std::string("1 "),
                                  std::string("1:"),
                                  std::string("a."),
                                  std::string("www."),
                                  std::string("://"),
                                  std::string("key="),
                                  std::string("eyJa."),
                                  std::string("Anna "),
                                  std::string("-----BEGIN PRIVATE KEY-----"),
                                  std::string("12-"),
                                  deep,
                                  std::string("AB12 "),
                                  std::string("+1 (2) "),
                                  std::string("\xc3\xa9"),
                                  std::string("1 Main Street "),
                                  std::string("rue de la "),
                                  std::string("the corner of "),
                                  std::string("University of "),
                                  std::string("Foo, "),
                                  std::string("Foo & "),
                                  std::string("works for The "),
                                  std::string("Suite 1, "),
                                  std::string("Anna\nFoo Bar\n1 Main Street\n")}) {
    const auto steps = [&](std::size_t bytes) {
      std::string text;
      while (text.size() < bytes) text += unit;
      return static_cast<double>(find_personal(text).steps);
    };
    const double small = steps(50000);
    EXPECT_LE(steps(200000), 4.2 * small + 10000) << unit;
    EXPECT_LE(small, 300.0 * 50000) << unit;
  }
}

}  // namespace
}  // namespace fettle::data::clean
