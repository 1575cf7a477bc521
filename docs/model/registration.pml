/* SPDX-License-Identifier: MIT */
/* registration.pml - identification, resynchronisation and the binding, with a relay (docs/protocol.md 2, 9 and 18).
 *
 * One client, one home server. The attacker is the network and the relay: he keeps whatever is sent, delivers it late,
 * twice, from elsewhere or never, and signs with the relay's keys (KEY2, KEY3) what he likes. He does not have KEY0,
 * which authenticates what follows. The machine of the client may be started again, and forget the time; its time of
 * day is the attacker's to set (it comes from the network).
 *
 * A step of time is the tolerance (7 s), to which identifications are rounded. What home accepts binds the client
 * to the place where it was signed: a network can always pass on at once what the client sends there.
 *
 *   once     home accepts no identification twice
 *   fresh    home binds the client to no place that it left longer ago than twice the tolerance: once for a request that
 *            waits, once for the answer with the time that waited before it
 *   bounded  the client signs nothing that lies farther ahead of home's time than the tolerance
 *
 * FORMER: a 133 signed with KEY3 sets the client's clock, and so does the time of day. `bounded` fails then, and (with
 * FRESH_ALONE) so does `fresh`: the relay registers the client where it is no more. */

#define END 5    /* steps */
#define KEPT 3   /* messages that the attacker keeps */
#define PLACES 3
#define NEVER 99

byte now;
byte place;
byte left_at[PLACES];

/* the client */
bool knows;      /* home's time, ... */
short behind;    /* ... which has gone by so much since: an answer may have been delayed */
short last_signed = -END;

/* home */
short accepted = -END;
byte granted[4 * END];

/* the attacker's: requests of the client's, a question, and the latest answer of home's */
short kept_id[KEPT];
byte kept_place[KEPT];
byte kept;
bool has_question; /* home answers each but once; here the attacker may have as many as he likes */
bool has_answer;
short answer_time;

inline register_with(id)
{
	if
	:: id > last_signed ->
		last_signed = id;
#ifndef FRESH_ALONE
		assert(id <= now + 1);                                       /* bounded */
#endif
		kept_id[kept] = id;
		kept_place[kept] = place;
		kept++
	:: else
	fi
}

inline home_answers()
{
	has_answer = true;
	answer_time = now
}

inline home_receives(i)
{
	if
	:: kept_id[i] <= accepted                                            /* used: silence */
	:: kept_id[i] > accepted && (kept_id[i] < now - 1 || kept_id[i] > now + 1) ->
		home_answers()
	:: kept_id[i] > accepted && kept_id[i] >= now - 1 && kept_id[i] <= now + 1 ->
		accepted = kept_id[i];
		granted[kept_id[i] + END]++;
		assert(granted[kept_id[i] + END] == 1);                      /* once */
		assert(left_at[kept_place[i]] == NEVER ||
		       left_at[kept_place[i]] + 2 >= now)                     /* fresh */
	fi
}

init {
	byte i;

	atomic {
		for (i : 0 .. PLACES - 1) { left_at[i] = NEVER }
		i = 0
	}
	do
	:: now < END -> now++
	:: place < PLACES - 1 -> atomic { left_at[place] = now; place++ }
	:: knows && kept < KEPT -> atomic { register_with(now - behind) }
	:: !knows -> has_question = true
	:: has_question && !(has_answer && answer_time == now) -> atomic { home_answers() }
	:: knows -> atomic { knows = false; behind = 0 }             /* started again */
	:: has_answer -> atomic {
		behind = now - answer_time;
		knows = true;
		has_answer = false;
		answer_time = 0
	   }
#ifdef FORMER
	:: atomic { behind = -3; knows = true }                      /* the relay's 133, the time of day */
#endif
	:: kept > 0 -> atomic {
		select(i : 0 .. KEPT - 1);
		if :: i < kept -> home_receives(i) :: else fi;
		i = 0
	   }
	:: now == END -> break
	od
}
