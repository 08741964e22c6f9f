// Package clk makes and compares cryptographic long-term keys: Bloom filters of 1,024 bits that say how alike the names of two records are
// without saying the names (Schnell, Bachteler and Reiher 2009 and 2011).
//
// A name is cut into bigrams; each sets some bits, chosen by HMAC-SHA256 under a key of the field; all fields of a record go into one
// key, which is then hardened. Records that share most of their bigrams share most of their bits, which Dice measures and Pairs finds.
//
// # Salt
//
// Encode takes a salt, such as the birth year, that changes every position: only records with one salt can be compared. The caller blocks
// by it, calls Pairs once a block, and loses pairs whose salt is wrong on one side. It makes the blocks small in which an attacker can count.
//
// # What it protects against, and what not
//
// A CLK is not anonymous, and no setting makes it so. What TestAttack shows, with an attacker who knows everything but the key and has the
// names of as many other people:
//
//   - keys without hardening, and those hardened by balance, xor-fold or rule90, give up most names of a block of 10,000;
//   - a salt alone hinders an attacker only by making blocks small: who learns in another way what a few patterns stand for reads most names;
//   - under the default options, no more whole names are read than by guessing blindly, and about 1 in 100 by that attacker, who
//     reads 1 in 10 of given names and 1 in 15 of surnames: the commonest can be made out;
//   - a field by itself is weaker than two together (a spread of 4 hides two names from an attacker without help, and not a surname alone):
//     put all fields of a record into one key;
//   - equal records have equal keys, so that a record that is known to be rare, or known to be there twice, can be followed.
//
// Not tested, and known to work against any method that keeps likeness: an attacker who may encode names of choice, who knows the names
// of part of the records, or who matches the graph of all similarities with one made of public names (Vidanage, Christen, Ranbaduge and
// Schnell 2020). Larger blocks than 10,000 help every attacker. Therefore:
//
//   - keys go only to a trusted third party who has neither the secret nor a reason to attack, and never to analysts;
//   - the secret is made for one project, shared by those who encode alone, and thrown away after the run;
//   - of the similarities only those above the threshold are kept, and Pairs gives no others;
//   - keys and similarities are deleted after the run: what stays is which records are one person.
package clk
