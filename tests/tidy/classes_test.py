#!/usr/bin/env python3
"""That classes are measured as a person would."""
import pathlib
import tempfile
import unittest

import classes

HEADER = """
/// A class of words: `void not_me();`
template <class T>
class Plain final : public Base<int(int)>, private Other {
public:
    explicit Plain(int x) : x_{x}, y_{1} {}
    ~Plain() override;
    Plain(const Plain&) = delete;
    Plain& operator=(const Plain&) = delete;

    int answer() const { return f(42); }
    [[nodiscard]] Result<std::function<void(int)>> make(int a,
                                                        int b = g(3));
    bool operator==(const Plain&) const = default;
    template <class Visit>
    void visit(Visit visit);
    using Callback = std::function<void(int)>;
    std::function<void()> on_end;
    struct Inner {
        int of_inner();
    };
    enum class Way : std::uint8_t { one, two };
    static constexpr int kMax = round(3.5);

protected:
    virtual void hook() {}

private:
    friend void friend_of(Plain&);
    static bool precedes(int a, int b) { return a != b && b - a < 0x80; }
    std::unique_ptr<int[]> slots_ = std::make_unique<int[]>(3);
    int x_{1};
    const char* text_ = "void g();";
};

struct Forward;
"""


class ClassesTest(unittest.TestCase):
    def by_name(self, text):
        return {one.name: one for one in classes.classes_of(text)}

    def test_methods_are_counted_by_access_and_data_types_and_special_members_are_not(self):
        plain = self.by_name(HEADER)["Plain"]
        self.assertEqual((plain.public, plain.private), (4, 2))  # answer make == visit; hook precedes

    def test_a_class_in_a_class_is_one_of_its_own_and_a_struct_begins_public(self):
        found = self.by_name(HEADER)
        self.assertEqual(set(found), {"Plain", "Inner"})
        self.assertEqual((found["Inner"].public, found["Inner"].private), (1, 0))

    def test_a_source_belongs_to_the_class_of_most_of_its_definitions(self):
        source = "namespace a {\nvoid helper(int x) {\n    Other::f();\n}\n" \
                 "void Plain::visit(int x) {}\nResult<int> Plain::Inner::of_inner() {}\nint Tiny::f() {}\n}\n"
        self.assertEqual(classes.main_class(source), "Plain")
        self.assertIsNone(classes.main_class("int free(int x) {\n    return Plain::f();\n}\n"))

    def test_a_class_has_the_lines_of_its_body_and_of_its_sources(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / "a.hpp").write_text("class A {\n    void f();\n};\nclass B {};\n")
            (folder / "a.cpp").write_text("void A::f() {\n}\n")
            (folder / "a_more.cpp").write_text("\n\nvoid A::g() {\n}\n")
            found = classes.measure(folder)
            self.assertEqual(found["a.hpp", "A"].lines, 3 + 2 + 4)
            self.assertEqual(found["a.hpp", "B"].lines, 1)


if __name__ == "__main__":
    unittest.main()
