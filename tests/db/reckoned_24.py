"""The report on the twenty-four cases of `loop_report_24`, reckoned by hand."""

REPORT = {
    "cases": 24,
    "open": 7,  # 12, 13, 14, 15, 19, 21, 24
    "promise": {
        # 12 kept and 5 broken. Wilson: (12 + z²/2 ∓ z·√(12·5/17 + z²/4)) / (17 + z²), z² = 3.8415
        # = (13.9207 ∓ 1.9600·2.1189) / 20.8415
        "kept": {"n": 17, "count": 12, "share": 0.7059, "interval": {"low": 0.4687, "high": 0.8672}},
        "kept_by_log": 2,  # 5, 6
        # 1–9 of the 17 without the undecided 12: (9 + 1.9207 ∓ 1.9600·√(9·7/16 + 0.9604)) / 19.8415
        "reached_within_the_hour": {"n": 16, "count": 9, "share": 0.5625, "interval": {"low": 0.3318, "high": 0.769}},
        "broken": 5,  # 13–17
        "still_waiting": 2,  # 14, 15
        "moved": 2,
        "not_counted": 3,
        "no_hour": 1,
        "pending": 1,
    },
    "times": {
        # 5 10 12 15 15 20 20 25 30 [35] 45 50 70 90 200 300 760 790 3000: the 10th; 0.9·18 = 16.2 → 760 + 0.2·30 = 766.
        # Ranks 9.5 - 1.96·2.1794 = 5.2 → 5th and 10.5 + 4.3 = 14.8 → 15th; for p90 the upper rank is 21, past the 19th.
        "first_attempt": {
            "n": 19,
            "p50": "PT35M",
            "p90": "PT12H46M",
            "p50_interval": {"low": "PT15M", "high": "PT3H20M"},
            "p90_interval": None,
        },
        # 5 10 15 20 20 25 30 [60] 70 180 200 300 770 790 3000: the 8th; 0.9·14 = 12.6 → 770 + 0.6·20 = 782.
        # Ranks 7.5 - 1.96·1.9365 = 3.7 → 4th and 8.5 + 3.8 = 12.3 → 12th.
        "reached": {
            "n": 15,
            "p50": "PT1H",
            "p90": "PT13H2M",
            "p50_interval": {"low": "PT20M", "high": "PT5H"},
            "p90_interval": None,
        },
        # 20 30 45 60 90 100 [120 150] 230 300 830 1440 1500 3060: 135; 0.9·13 = 11.7 → 1440 + 0.7·60 = 1482.
        # Ranks 7 - 1.96·1.8708 = 3.3 → 3rd and 8 + 3.7 = 11.7 → 12th.
        "resolved": {
            "n": 14,
            "p50": "PT2H15M",
            "p90": "P1DT42M",
            "p50_interval": {"low": "PT45M", "high": "P1D"},
            "p90_interval": None,
        },
        # 12 15 30 80 90 105 120 180 [210] 290 360 830 1500 1560 1800 3120 10170: the 9th;
        # 0.9·16 = 14.4 → 1800 + 0.4·1320 = 2328. Ranks 8.5 - 1.96·2.0616 = 4.5 → 4th and 9.5 + 4.04 = 13.5 → 14th.
        "closed": {
            "n": 17,
            "p50": "PT3H30M",
            "p90": "P1DT14H48M",
            "p50_interval": {"low": "PT1H20M", "high": "P1DT2H"},
            "p90_interval": None,
        },
    },
    # 1, 2, 3, 5, 6, 13, 18, 23; not 10, which was one conversation and no solution.
    # (8 + 1.9207 ∓ 1.9600·√(8·6/14 + 0.9604)) / 17.8415
    "first_contact_resolution": {"n": 14, "count": 8, "share": 0.5714, "interval": {"low": 0.3259, "high": 0.7862}},
    "goal": {
        # Met: 1–8, 13, 17, 18. Missed: 9, 10 (unsolved), 11, 14, 19, 21 (not recorded yet), 23.
        # (11 + 1.9207 ∓ 1.9600·√(11·7/18 + 0.9604)) / 21.8415
        "met": {"n": 18, "count": 11, "share": 0.6111, "interval": {"low": 0.3862, "high": 0.7969}},
        "not_counted": 3,  # 16, 20, 22
        "pending": 3,  # 12, 15, 24
    },
    "survey": {
        # Sent to 1–10, 13, 18, 23; no answer of 5 and 13. (11 + 1.9207 ∓ 1.9600·√(11·2/13 + 0.9604)) / 16.8415
        "answered": {"n": 13, "count": 11, "share": 0.8462, "interval": {"low": 0.5777, "high": 0.9567}},
        "waiting": 1,  # 13
        # Promoters 10, 9, 10; passives 8, 7, 8; detractors 0, 0, 6, 3. Were 0 no answer, it would be +12.5.
        # p = 3.75/13, d = 4.75/13, p - d = -1/13: 100·(-1/13 ∓ 1.9600·√((8.5/13 - 1/169)/13))
        "tnps": {
            "n": 10,
            "promoters": 3,
            "passives": 3,
            "detractors": 4,
            "score": -10.0,
            "interval": {"low": -51.4486, "high": 36.0639},
        },
        # Yes: 1, 2, 4, 7, 9, 18, 23. No: 3, 8, 10. (7 + 1.9207 ∓ 1.9600·√(7·3/10 + 0.9604)) / 13.8415
        "solved": {"n": 10, "count": 7, "share": 0.7, "interval": {"low": 0.3968, "high": 0.8922}},
    },
    "recovery": {
        # First and last score of 1 (2, 10), 2 (7, 9), 3 (8, 0), 4 (0, 0), 6 (6, 8), 8 (9, 7), 10 (3, 3), 18 (0, 10),
        # 23 (8, 8); 5 and 7 gave no last one, 9 no first one. Won back: 1, 6 and 18 of 1, 4, 6, 10, 18.
        # (3 + 1.9207 ∓ 1.9600·√(3·2/5 + 0.9604)) / 8.8415
        "won_back": {"n": 5, "count": 3, "share": 0.6, "interval": {"low": 0.2307, "high": 0.8824}},
        # Up 1, 2, 6, 18; down 3, 8. p = 5/11, q = 3/11: 2/11 ∓ 1.9600·√((8/11 - 4/121)/11)
        "change": {"n": 9, "up": 4, "down": 2, "net": 0.2222, "interval": {"low": -0.3106, "high": 0.6742}},
        # p = 1.75/12, d = 5.75/12: 100·(-1/3 ∓ 1.9600·√((7.5/12 - 1/9)/12))
        "first": {
            "n": 9,
            "promoters": 1,
            "passives": 3,
            "detractors": 5,
            "score": -44.4444,
            "interval": {"low": -73.8928, "high": 7.2261},
        },
        # p = d = 3.75/12: 100·(∓ 1.9600·√((7.5/12)/12))
        "last": {
            "n": 9,
            "promoters": 3,
            "passives": 3,
            "detractors": 3,
            "score": 0.0,
            "interval": {"low": -44.7299, "high": 44.7299},
        },
    },
    "outcomes": {
        "answered": 10,  # 1–4, 6–9, 18, 23
        "no_answer": 1,
        "not_asked": 1,
        "unreachable": 1,
        "unsolved": 1,
        "wrong_number": 1,
        "withdrawn": 2,
        "merged": 0,
        "erased": 0,
    },
    "withdrawn_by_staff": 1,  # 16
    "causes": [
        {"cause": "activation", "count": 5},  # 2, 3, 4, 13, 18
        {"cause": "licence", "count": 3},  # 7, 8, 17
        {"cause": "network_setup", "count": 3},  # 5, 6, 9
        {"cause": "slow_computer", "count": 2},  # 1, 23
        {"cause": "not_ours", "count": 1},  # 10
    ],
}
